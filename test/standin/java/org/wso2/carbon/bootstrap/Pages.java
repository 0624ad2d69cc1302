package org.wso2.carbon.bootstrap;

/** What the applications that a profile keeps answer: 404 for those of other profiles. */
final class Pages {
    private Pages() {
    }

    /** The HTTP status for a path; guarded pages answer 401 unless the credentials are known. */
    static int status(String profile, String path, boolean known) {
        boolean manager = profile.equals("api-key-manager");
        boolean publisher = profile.equals("api-publisher");
        boolean portal = profile.equals("api-devportal");
        int guarded = known ? 200 : 401;
        if (path.equals("/services/Version")) {
            return 200;
        }
        if (within(path, "/services")) {
            return path.equals("/services/") ? guarded : 404;
        }
        if (path.startsWith("/internal/data/v1/")) {
            return profile.equals("traffic-manager") || publisher || portal ? guarded : 404;
        }
        if (path.equals("/carbon/admin/login.jsp")) {
            return manager || publisher || portal ? 200 : 404;
        }
        if (path.equals("/oauth2/token/.well-known/openid-configuration")) {
            return manager ? 200 : 404;
        }
        // The portals keep oauth2 too, but whoever is sent there is sent to the wrong server.
        if (path.equals("/oauth2/revoke") || path.equals("/oauth2/token")) {
            return manager ? guarded : 404;
        }
        if (path.equals("/client-registration/v0.17/register")) {
            return manager || publisher || portal ? guarded : 404;
        }
        if (within(path, "/publisher") || within(path, "/admin") || path.equals("/api/am/publisher/v1/swagger.yaml")) {
            return publisher ? 200 : 404;
        }
        if (within(path, "/api/am/publisher/v1") || within(path, "/api/am/admin/v1") || within(path, "/api/am/admin/v0.17")) {
            return publisher ? guarded : 404;
        }
        if (within(path, "/devportal") || within(path, "/api/am/store/v1")) {
            return portal ? 200 : 404;
        }
        if (within(path, "/api/am/gateway/v1")) {
            return profile.equals("gateway-worker") ? guarded : 404;
        }
        return 404;
    }

    private static boolean within(String path, String folder) {
        return path.equals(folder) || path.startsWith(folder + "/");
    }
}
