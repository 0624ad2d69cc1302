#!/bin/sh
# Stand-in for the start script of the product: the same words, the same awkward habits.
# CARBON_HOME from the environment wins, also when it names another home.
[ -n "$CARBON_HOME" ] || CARBON_HOME=$(cd "$(dirname "$0")/.." && pwd)
cd "$CARBON_HOME" || exit 1

if [ -z "$JAVA_HOME" ]; then
  echo 'You must set the JAVA_HOME variable before running CARBON.'
  exit 1
fi
if [ ! -x "$JAVA_HOME/bin/java" ]; then
  echo 'Error: JAVA_HOME is not defined correctly.'
  exit 1
fi

# Padded with NUL bytes, and never removed.
pid=
[ -e wso2carbon.pid ] && pid=$(tr -d '\0' < wso2carbon.pid)

word=
args=
profile=
skip=
optimize=
for each in "$@"; do
  case $each in
    start | --start | stop | --stop | restart | --restart | version | --version) word=${each#--} ;;
    optimize | --optimize) optimize=yes ;;
    *) args="$args $each" ;;
  esac
  case $each in
    -Dprofile=*) profile=$each ;;
    --skipConfigOptimization) skip=$each ;;
  esac
done

# Before every start, and not by the child: without the skip, deployment.toml is the shipped one again.
if [ -n "$optimize" ]; then
  sh "$CARBON_HOME/bin/profileSetup.sh" $profile $skip
fi

case $word in
  start)
    if [ -n "$pid" ] && ps -p "$pid" >/dev/null 2>&1; then
      echo 'Process is already running'
      exit 0
    fi
    export CARBON_HOME
    nohup sh "$CARBON_HOME/bin/wso2server.sh" $args >/dev/null 2>&1 &
    exit 0
    ;;
  stop)
    kill -TERM "$pid"
    exit 0
    ;;
  restart)
    kill -TERM "$pid"
    while ps -p "$pid" >/dev/null 2>&1; do sleep 1; done
    export CARBON_HOME
    nohup sh "$CARBON_HOME/bin/wso2server.sh" $args >/dev/null 2>&1 &
    exit 0
    ;;
  version)
    cat "$CARBON_HOME/bin/version.txt"
    exit 0
    ;;
esac

java_version=$("$JAVA_HOME/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
if [ "$java_version" -gt 11 ]; then
  echo '[ERROR] CARBON is supported only on JDK 1.7, 1.8, 9, 10 and 11'
fi

rm -rf "$CARBON_HOME/tmp"/*
[ -n "$JVM_MEM_OPTS" ] || JVM_MEM_OPTS='-Xms16m -Xmx64m'

status=121
while [ "$status" = 121 ]; do
  "$JAVA_HOME/bin/java" \
    -XX:TieredStopAtLevel=1 -XX:+UseSerialGC $JVM_MEM_OPTS $JAVA_OPTS \
    -classpath "$CARBON_HOME/bin/bootstrap.jar" \
    -Dcarbon.home="$CARBON_HOME" \
    -Djava.io.tmpdir="$CARBON_HOME/tmp" \
    -Dorg.opensaml.httpclient.https.disableHostnameVerification=true \
    -Dhttpclient.hostnameVerifier=AllowAll \
    org.wso2.carbon.bootstrap.Bootstrap $args
  status=$?
done
