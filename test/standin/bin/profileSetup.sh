#!/bin/sh
# Stand-in for the profile optimizer: it deletes what a profile does not need, cannot be undone, does not
# work twice, and exits with 0 whatever happens.
cd "$(dirname "$0")" || exit
cd ..

case $1 in
  -Dprofile=api-key-manager | -Dprofile=traffic-manager | -Dprofile=api-publisher | -Dprofile=api-devportal | -Dprofile=gateway-worker)
    profile=${1#-Dprofile=} ;;
  *)
    echo 'Profile is not specified properly, please try again'
    exit ;;
esac
echo "Starting to optimize API-M for the profile $profile"

skip=
for each in "$@"; do
  case $each in --skipConfigOptimization | skipConfigOptimization) skip=yes ;; esac
done
if [ -z "$skip" ]; then
  mv repository/conf/deployment.toml repository/conf/deployment.toml.backup
  cp "repository/resources/conf/deployment-templates/$profile.toml" repository/conf/deployment.toml
fi

templates=repository/resources/conf/templates/repository/conf/axis2
if [ "$profile" != gateway-worker ] && [ -e "$templates/axis2_$profile.xml.j2" ]; then
  mv "$templates/axis2.xml.j2" "$templates/axis2.xml.j2.backup"
  mv "$templates/axis2_$profile.xml.j2" "$templates/axis2.xml.j2"
fi
case $profile in
  api-key-manager | traffic-manager)
    find repository/deployment/server/synapse-configs/default -type f ! -name synapse.xml -exec rm -f {} + ;;
esac

keep() { # FOLDER NAME...: everything in the folder goes, but for these
  folder=$1
  shift
  for path in "$folder"/*; do
    name=${path##*/}
    kept=
    for pattern in "$@"; do
      case $name in $pattern) kept=yes ;; esac
    done
    [ -n "$kept" ] || rm -rf "$path"
  done
}
set -f
line=$(grep "^$profile " repository/resources/conf/profiles.txt)
apps=${line#* webapps:}
apps=${apps%% jaggeryapps:*}
portals=${line#* jaggeryapps:}
set +f
keep_apps() {
  set -f
  set -- $apps
  set +f
  keep repository/deployment/server/webapps "$@"
}
keep_portals() {
  set -f
  set -- $portals
  set +f
  keep repository/deployment/server/jaggeryapps "$@"
}
keep_apps
keep_portals
echo 'Finished the optimizations'
