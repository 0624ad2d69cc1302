# The host's cable: a pair of devices, one end in the host, the other in the lab's bridge.

link_of() { printf 'v%s-%s' "$(of_host "$1" index)" "$LAB_NAME"; }
tap_of() { printf 'w%s%s-%s' "$(of_host "$1" index)" "$2" "$LAB_NAME"; }

# Hardware addresses that last, as those of machines do: others go on believing the one they know for minutes.
hardware_address() { # ADDRESS
  local numbers
  IFS=. read -ra numbers <<<"$1"
  printf '02:4c:%02x:%02x:%02x:%02x' "${numbers[@]}"
}

plug_in() { # HOST
  local name=$1 link pid address
  link=$(link_of "$name")
  address=$(of_host "$name" address)
  pid=$(of_host "$name" pid)
  ip link delete "$link" 2>/dev/null || true
  ip link add "$link" type veth peer name eth0 address "$(hardware_address "$address")" netns "$pid"
  echo "$link" >"$(host_dir "$name")/link"
  ip link set "$link" master "$BRIDGE" up
  in_network "$name" sh -ec "ip link set lo up
    ip address add $address/24 dev eth0
    ip link set eth0 up
    ip route add default via $LAB_NET.1"
}
unplug() { # HOST; what has vanished already is no trouble
  remove_wire "$1"
  ip link delete "$(link_of "$1")" 2>/dev/null || true
}

add_callers() { # N: the bridge has them, and they go with it; hosts get theirs from the other end
  [[ $1 =~ ^[0-9]{1,2}$ ]] || die "callers: a number up to 99"
  lock
  local number directory
  for ((number = 254; number > 254 - $1; number--)); do
    for directory in "$LAB_DIR"/hosts/*/; do
      [ "$(cat "$directory/address" 2>/dev/null)" != "$LAB_NET.$number" ] || die "callers: $LAB_NET.$number is a host"
    done
    ip address replace "$LAB_NET.$number/32" dev "$BRIDGE"
    printf '%s\n' "$LAB_NET.$number"
  done
}

set_link() { # HOST up|down
  must_be_up "$1"
  ip link set "$(link_of "$1")" "$2"
  if [ "$2" = up ]; then ask_anew "$1"; fi
}

# Whoever looked for its hardware address in vain would be told that there is no way to it, a moment after there is one.
ask_anew() { # HOST
  ip neigh flush dev "$BRIDGE" to "$(of_host "$1" address)" nud failed 2>/dev/null || true
  ip neigh flush dev "$BRIDGE" to "$(of_host "$1" address)" nud incomplete 2>/dev/null || true
  in_network "$1" sh -c 'ip neigh flush dev eth0 nud failed; ip neigh flush dev eth0 nud incomplete' 2>/dev/null || true
}

drop_packets() { # nothing comes back, as behind a firewall or a cable pulled far away
  must_be_up "$1"
  local link
  link=$(link_of "$1")
  tc qdisc delete dev "$link" clsact 2>/dev/null || true
  if tc qdisc add dev "$link" clsact 2>/dev/null && tc filter add dev "$link" ingress matchall action drop 2>/dev/null &&
    tc filter add dev "$link" egress matchall action drop 2>/dev/null; then return 0; fi
  # Without those parts of the kernel: out of the bridge; the carrier stays and the frames go nowhere.
  tc qdisc delete dev "$link" clsact 2>/dev/null || true
  ip link set "$link" nomaster
}
undrop_packets() {
  must_be_up "$1"
  local link
  link=$(link_of "$1")
  tc qdisc delete dev "$link" clsact 2>/dev/null || true
  if [ -e "$(host_dir "$1")/wire" ]; then ip link set "$link" master "$(tap_of "$1" r)"; else ip link set "$link" master "$BRIDGE"; fi
  ask_anew "$1"
}

limit_rate() { # HOST RATE|off
  must_be_up "$1"
  local link
  link=$(link_of "$1")
  tc qdisc delete dev "$link" root 2>/dev/null || true
  in_network "$1" tc qdisc delete dev eth0 root 2>/dev/null || true
  if [ "$2" = off ]; then return 0; fi
  tc qdisc add dev "$link" root tbf rate "$2" burst 16kb latency 400ms
  in_network "$1" tc qdisc add dev eth0 root tbf rate "$2" burst 16kb latency 400ms
}

slow_link() { # HOST DELAY [LOSS%]: by the kernel when it can, else by a program between two taps
  must_be_up "$1"
  local name=$1 delay=${2%ms} loss=${3:-0} link
  loss=${loss%\%}
  [[ $delay =~ ^[0-9]+$ && $loss =~ ^[0-9]+$ ]] || die "netem $name: a delay such as 50ms, and a loss such as 2%"
  lock
  link=$(link_of "$name")
  tc qdisc delete dev "$link" root 2>/dev/null || true
  in_network "$name" tc qdisc delete dev eth0 root 2>/dev/null || true
  remove_wire "$name"
  ip link set "$link" master "$BRIDGE" up
  if [ "$delay" = 0 ] && [ "$loss" = 0 ]; then return 0; fi
  if tc qdisc add dev "$link" root netem delay "${delay}ms" loss "$loss%" 2>/dev/null; then
    in_network "$name" tc qdisc add dev eth0 root netem delay "${delay}ms" loss "$loss%"
    return 0
  fi
  add_wire "$name" "$delay" "$loss"
}

add_wire() { # HOST MILLISECONDS PERCENT: bridge - tap a = labwire = tap b - a bridge of two - the host
  local name=$1 directory near far pair pid tries=0
  directory=$(host_dir "$name")
  near=$(tap_of "$name" a) far=$(tap_of "$name" b) pair=$(tap_of "$name" r)
  if [ ! -c /dev/net/tun ]; then mkdir -p /dev/net && mknod /dev/net/tun c 10 200; fi
  APIM_LAB=$LAB_NAME setsid perl "$HERE/labwire.pl" "$near" "$far" "$2" "$3" </dev/null >"$directory/wire.log" 2>&1 9>&- &
  pid=$!
  echo "$pid $(started_at "$pid")" >"$directory/wire"
  until ip link show "$far" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || die "netem $name: the wire did not start: $(cat "$directory/wire.log")"
    sleep 0.01
  done
  ip link add "$pair" type bridge stp_state 0 forward_delay 0
  ip link set "$pair" up
  ip link set "$(link_of "$name")" master "$pair"
  ip link set "$far" master "$pair" up
  ip link set "$near" master "$BRIDGE" up
}
remove_wire() { # HOST
  local pid='' started=''
  read -r pid started 2>/dev/null <"$(host_dir "$1")/wire" || true
  if same_process "$pid" "$started"; then kill "$pid" 2>/dev/null || true; fi
  rm -f "$(host_dir "$1")/wire"
  local end
  for end in a b r; do ip link delete "$(tap_of "$1" $end)" 2>/dev/null || true; done
}
