/**
 * A download by curl, or by GNU Wget where there is no curl. It needs `path`, `want` and `page` (whether the file may be
 * a page of HTML) to be set, and reads on stdin what `download` puts there: the address and who we are never stand in
 * an argument. What it sends in a file it opens and removes before anybody else is started; `/dev/fd` leads to it.
 *
 * Redirects are followed here and not by the tools, because they send headers on to strangers: after a redirect to
 * another origin nobody is told who we are. Each attempt asks for the first bytes before it asks for all: they tell what
 * the server has, so that no page of words is added to an archive, and a part is carried on only if it is of the same file.
 */
export const downloadScript = String.raw`
unset given url at to home key validator total
umask 077
trap '' PIPE
part=$path.part; of=$path.part.of; work=$path.fetch; fetching=
at=; try=0
shown() {
  plain=\${1%%[?#]*}; host=\${plain#*://}; host=\${host%%/*}
  test -z "$plain" || printf '%s://%s%s' "\${plain%%://*}" "\${host##*@}" "\${plain#*://"$host"}"
}
refuse() { printf 'download\t%s\t%s\t%s\n' "$1" "$(shown "$at")" "$2" >&2; exit 9; }
finish() { test -z "$fetching" || kill "$fetching" 2>/dev/null; rm -rf "$work"; }
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

exec 8<"$(dirname "$path")" || exit 1
flock -w 30 8 || refuse busy ''
rm -rf "$work"
mkdir -m 700 "$work" || exit 1

given=$(cat)
section() { printf '%s\n' "$given" | sed -n "/^\[$1\]\$/,/^\[end\]\$/p" | sed '/^\[[a-z-]*\]$/d'; }
origin() {
  host=\${1#*://}
  printf '%s://%s\n' "\${1%%://*}" "\${host%%[/?#]*}" | tr A-Z a-z | sed -e '/^https:/s/:443$//' -e '/^http:/s/:80$//'
}
url=$(section url)
home=$(origin "$url")

if command -v curl >/dev/null 2>&1; then tool=curl
elif command -v wget >/dev/null 2>&1; then
  tool=wget
  case $(wget --version 2>/dev/null | head -n 1) in 'GNU Wget 1.'*) ;; *) refuse tool 'there is no curl, and this wget is not GNU Wget' ;; esac
  if section wget-proxy | grep -q '^https\{0,1\}_proxy = https:'; then refuse tool 'there is no curl, and wget cannot speak TLS to a proxy'; fi
else refuse tool 'neither curl nor wget is installed'
fi

ca=
if test -n "$(section ca)"; then
  {
    section ca
    for known in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
      if test -r "$known"; then cat "$known"; break; fi
    done
  } >"$work/ca" || refuse disk ''
  exec 4<"$work/ca"
  rm -f "$work/ca"
  ca=/dev/fd/4
fi

ours() { test "$(origin "$at")" = "$home"; }
curl_config() {
  printf '%s\n' silent show-error no-buffer globoff 'proto = "=http,https"' 'connect-timeout = 30' 'speed-limit = 1' 'speed-time = 60'
  test -z "$ca" || printf 'cacert = "%s"\n' "$ca"
  section curl-proxy
  if ours; then section curl; fi
  printf 'url = "%s"\n' "$at"
}
wget_config() {
  {
    printf '%s\n' 'max_redirect = 0' 'tries = 1' 'timeout = 60' 'netrc = off'
    test -z "$ca" || printf 'ca_certificate = %s\n' "$ca"
    section wget-proxy
    if ours; then section wget; fi
    test -z "$1" || printf 'header = %s\n' "$1"
  } >"$work/config" || refuse disk ''
  exec 3<"$work/config"
  rm -f "$work/config"
}

field() {
  awk -v want="$1" '
    { sub(/\r$/, "") }
    /^HTTP\// { status = $2; found = ""; next }
    { i = index($0, ":"); if (i > 0 && tolower(substr($0, 1, i - 1)) == want) { found = substr($0, i + 1); gsub(/^[ \t]+|[ \t]+$/, "", found) } }
    END { print want == "status" ? status : found }' "$work/headers"
}
last() { grep -v -e '://' -e insecurely "$work/said" | grep . | tail -n 1 | cut -c 1-300; }

ask() {
  : >"$work/headers"
  if test $tool = curl; then
    { { curl_config; echo 'header = "Range: bytes=0-511"'; } | curl -q --config - --dump-header "$work/headers" 2>"$work/said"; echo $? >"$work/code"; } | head -c 512 >"$work/body"
  else
    wget_config 'Range: bytes=0-511'
    { printf '%s\n' "$at" | wget --config=/dev/fd/3 -i - -nv -S -O - 2>"$work/said"; echo $? >"$work/code"; } | head -c 512 >"$work/body"
    sed -n 's/^  //p' "$work/said" >"$work/headers"
  fi
  code=$(cat "$work/code")
  status=$(field status)
}

follow() {
  to=$(field location)
  hops=$((hops + 1))
  test $hops -le 10 || refuse redirects ''
  case $to in
    [hH][tT][tT][pP]://?* | [hH][tT][tT][pP][sS]://?*) ;;
    //?*) to=\${at%%:*}:$to ;;
    /*) host=\${at#*://}; to=\${at%%://*}://\${host%%[/?#]*}$to ;;
    '') refuse "status $status" '' ;;
    *) case \${to%%[/?#]*} in *:*) refuse protocol "\${to%%:*}" ;; esac
      plain=\${at%%[?#]*}; case \${plain#*://} in */*) plain=\${plain%/*} ;; esac; to=$plain/$to ;;
  esac
  to=\${to%%#*}
  case $to in *[\"\\[:space:][:cntrl:]]*) refuse protocol 'an address that is none' ;; esac
  at=$to
}

silence() {
  kind=unreachable
  if grep -q -i 'from proxy after CONNECT\|Proxy tunneling failed' "$work/said"; then
    if grep -q '407\|Proxy Authentication' "$work/said"; then refuse 'status 407' ''; fi
    refuse proxy "$(last)"
  fi
  case $tool$code in
    curl35 | curl51 | curl58 | curl59 | curl60 | curl77 | curl83 | wget5) refuse certificate "$(last)" ;;
    curl5 | curl97) refuse proxy "$(last)" ;;
    curl6 | curl7 | wget4) test $try -gt 1 || refuse unreachable "$(last)" ;;
  esac
  detail=$(last)
}

settle() {
  at=$url; hops=0
  while :; do
    ask
    case $status in
      200 | 206) break ;;
      30[12378]) follow ;;
      408 | 429 | 5??) kind="status $status"; detail=; return 1 ;;
      '') silence; return 1 ;;
      *) refuse "status $status" '' ;;
    esac
  done
  if test "$page" = no; then
    case $(field content-type) in [tT][eE][xX][tT]/[hH][tT][mM][lL]* | application/xhtml*) refuse page '' ;; esac
    if test "$(tr -d '\000[:space:]' <"$work/body" | head -c 1)" = '<'; then refuse page ''; fi
  fi
  total=$(field content-length)
  if test "$status" = 206; then total=$(field content-range); total=\${total##*/}; fi
  case $total in '' | *[!0-9]*) total=0 ;; esac
  validator=$(field etag)
  case $validator in W/* | *\\* | '') validator=$(field last-modified) ;; esac
}

size() { if test -e "$part"; then echo $(($(wc -c <"$part"))); else echo 0; fi; }
tell() { printf 'downloaded %s of %s\n' "$(size)" "$total"; }
fetch() {
  if test $tool = curl; then
    {
      curl_config
      echo fail
      test "$have" = 0 || printf 'continue-at = %s\nheader = "If-Range: %s"\n' "$have" "$(printf '%s' "$validator" | sed 's/["\\]/\\&/g')"
    } | curl -q --config - -o "$part" 2>"$work/said" &
  else
    wget_config "$(test "$have" = 0 || printf 'If-Range: %s' "$validator")"
    printf '%s\n' "$at" | wget --config=/dev/fd/3 -i - -nv $(test "$have" = 0 || echo -c) -O "$part" 2>"$work/said" &
  fi
  fetching=$!
  tick=0
  while kill -0 "$fetching" 2>/dev/null; do
    # Whoever asked for it has gone when nobody listens any more.
    test $((tick % 5)) != 0 || tell || exit 1
    tick=$((tick + 1))
    sleep 0.2
  done
  wait "$fetching"
  code=$?
  fetching=
}

while :; do
  try=$((try + 1))
  if settle; then
    key=$(printf '%s\n' "$url" "$validator" "$total" | sha256sum | cut -d ' ' -f 1)
    have=$(size)
    if test "$status" != 206 || test -z "$validator" || test "$have" -gt "$total" || test "$(cat "$of" 2>/dev/null)" != "$key"; then have=0; fi
    if test "$have" = 0; then
      rm -f "$part"
      printf '%s\n' "$key" >"$of" || refuse disk ''
    fi
    code=0
    if test "$have" = 0 || test "$have" -lt "$total"; then fetch; fi
    if test $code = 0; then
      tell || exit 1
      found=$(sha256sum "$part" | cut -d ' ' -f 1)
      if test "$found" = "$want"; then break; fi
      rm -f "$part" "$of"
      # What was carried on did not fit, whatever the server said: once more, from the beginning.
      test "$have" != 0 || refuse checksum "$found"
      continue
    fi
    kind=broken; detail=$(last)
    case $tool$code in
      curl23 | wget3) refuse disk "$detail" ;;
      curl33 | wget[1278]) rm -f "$part" ;;
    esac
  fi
  test $try -lt 4 || refuse "$kind" "$detail"
  sleep $try
done
chmod 644 "$part" && { sync "$part" 2>/dev/null || sync; } && mv -f "$part" "$path" && rm -f "$of"
`.replaceAll('\\${', '${');
