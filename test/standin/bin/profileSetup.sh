#!/bin/sh
# Stand-in for the profile optimizer: it deletes what a profile does not need, cannot be undone, does not
# work twice, and exits with 0 whatever happens.
userLocation=$(pwd)
cd "$(dirname "$0")" || exit
cd ..

# The profile must be the first argument. The word is the one in the names of the templates.
case $1 in
  -Dprofile=api-key-manager) word=KM ;;
  -Dprofile=traffic-manager) word=TM ;;
  -Dprofile=api-publisher) word=Publisher ;;
  -Dprofile=api-devportal) word=Devportal ;;
  -Dprofile=gateway-worker) word= ;;
  *)
    echo 'Profile is not specified properly, please try again'
    exit
    ;;
esac
profile=${1#-Dprofile=}
echo "Starting to optimize API-M for the profile $profile"

skip=
for each in "$@"; do
  case $each in --skipConfigOptimization | skipConfigOptimization) skip=yes ;; esac
done
if [ -z "$skip" ]; then
  mv repository/conf/deployment.toml repository/conf/deployment.toml.backup
  cp "repository/resources/conf/deployment-templates/$profile.toml" repository/conf/deployment.toml
fi

templates=repository/resources/conf/templates/repository/conf
swap() { # FOLDER NAME BACKUP: the template of this profile takes the place of the common one
  fresh=$templates/$1$2_$word.xml.j2
  if [ -e "$fresh" ]; then
    mv "$templates/$1$2.xml.j2" "$templates/$1$3"
    mv "$fresh" "$templates/$1$2.xml.j2"
  fi
}
synapse=repository/deployment/server/synapse-configs/default
if [ "$profile" != gateway-worker ]; then
  swap axis2/ axis2 axis2.xml.j2.backup
  rm -f "$synapse"/inbound-endpoints/*WebSocketInboundEndpoint.xml
fi
case $profile in
  api-key-manager | api-publisher | api-devportal) swap axis2/ tenant-axis2 tenant-axis2.xml.j2.backup ;;
  traffic-manager) swap '' registry registry.backup ;;
esac
case $profile in
  api-key-manager | traffic-manager) find "$synapse" -type f ! -name synapse.xml -exec rm -f {} + ;;
esac

keep() { # FOLDER NAME...: everything in the folder goes, but for these; of portals, only folders
  folder=$1
  shift
  for path in "$folder"/*; do
    name=${path##*/}
    kept=
    case $folder in */jaggeryapps) [ -d "$path" ] || kept=yes ;; esac
    for pattern in "$@"; do
      case $name in $pattern) kept=yes ;; esac
    done
    [ -n "$kept" ] || rm -rf "$path"
  done
}
line=$(grep "^$profile " repository/resources/conf/profiles.txt)
apps=${line#* webapps:}
apps=${apps%% jaggeryapps:*}
portals=${line#* jaggeryapps:}
# The names are patterns: they are split here, and matched against files only in keep.
keep_words() { # FOLDER WORDS
  folder=$1
  words=$2
  set -f
  set -- $words
  set +f
  keep "$folder" "$@"
}
keep_words repository/deployment/server/webapps "$apps"
keep_words repository/deployment/server/jaggeryapps "$portals"
echo 'Finished the optimizations'
# As the vendor's does: whoever may not go back there is told so, last of all.
cd "$userLocation"
exit 0
