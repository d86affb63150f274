#!/bin/sh
# A private Dovecot for tests: its own configuration, state and log under DIR, IMAPS on 127.0.0.1:PORT only.
# One mailbox, a maildir, for the user "studs@kommun.example" with the password "hemligt".
#
#   dovecot.sh start DIR PORT MAILDIR [CAPABILITY]   the certificate is DIR/tls/cert.pem for "localhost", signed
#                                     by DIR/tls/ca.pem; CAPABILITY is what it says that it can do
#   dovecot.sh stop DIR
#
# Must run as root, as Dovecot's master must.
set -eu

fail() { echo "dovecot.sh: $*" >&2; exit 1; }

make_certificate() { # DIR
    umask 077
    mkdir -p "$1/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=test authority" \
        -addext "basicConstraints=critical,CA:TRUE" -keyout "$1/tls/ca.key" -out "$1/tls/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
        -keyout "$1/tls/key.pem" -out "$1/tls/cert.csr" 2>/dev/null
    printf 'subjectAltName=DNS:localhost\n' >"$1/tls/ext"
    openssl x509 -req -in "$1/tls/cert.csr" -CA "$1/tls/ca.pem" -CAkey "$1/tls/ca.key" -CAcreateserial -days 2 \
        -extfile "$1/tls/ext" -out "$1/tls/cert.pem" 2>/dev/null
    umask 022
}

write_config() { # DIR PORT MAILDIR CAPABILITY
    cat <<CONF
protocols = imap
base_dir = $1/run
state_dir = $1/run
log_path = $1/log
listen = 127.0.0.1
ssl = required
ssl_cert = <$1/tls/cert.pem
ssl_key = <$1/tls/key.pem
mail_location = maildir:$3
mail_uid = 65534
mail_gid = 65534
first_valid_uid = 65534
last_valid_uid = 65534
first_valid_gid = 65534
last_valid_gid = 65534
default_vsz_limit = 0
auth_mechanisms = plain login
${4:+imap_capability = $4}
passdb {
  driver = static
  args = user=studs@kommun.example password=hemligt
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=$1/home
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = $2
    ssl = yes
  }
  chroot =
}
service anvil {
  chroot =
}
CONF
}

start() { # DIR PORT MAILDIR CAPABILITY
    [ "$(id -u)" = 0 ] || fail "must run as root"
    command -v dovecot >/dev/null || fail "dovecot is not installed (apt-get install dovecot-core dovecot-imapd)"
    mkdir -p "$1/home" "$1/run"
    dir=$(cd "$1" && pwd)
    chmod 755 "$dir"
    [ -e "$dir/tls/cert.pem" ] || make_certificate "$dir"
    write_config "$dir" "$2" "$3" "${4:-}" >"$dir/dovecot.conf"
    dovecot -c "$dir/dovecot.conf" >"$dir/start.log" 2>&1 || { cat "$dir/start.log" "$dir/log" >&2; fail "it did not start"; }
}

stop() { # DIR
    dir=$(cd "$1" && pwd)
    pid=$(cat "$dir/run/master.pid" 2>/dev/null || true)
    doveadm -c "$dir/dovecot.conf" stop >>"$dir/start.log" 2>&1 || true
    tries=0
    while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

case "${1:-}" in
start) [ $# -ge 4 ] || fail "start DIR PORT MAILDIR [CAPABILITY]"; start "$2" "$3" "$4" "${5:-}" ;;
stop) [ $# -eq 2 ] || fail "stop DIR"; stop "$2" ;;
*) fail "start or stop" ;;
esac
