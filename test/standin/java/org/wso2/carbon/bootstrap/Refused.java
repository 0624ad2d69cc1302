package org.wso2.carbon.bootstrap;

/** Something is wrong with the deployment: the server does not start, and says why. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String why) {
        super(why);
    }
}
