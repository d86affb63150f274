#!/bin/sh
# A private Postfix for tests: its own configuration, queue and log under DIR, listening on 127.0.0.1:PORT only.
# Mail to any address under .example is delivered to DIR/mail/new, one file a message, with Delivered-To on top.
# Nothing is read from or written to /etc/postfix, and no DNS is asked.
#
#   postfix.sh start DIR PORT [tls]   DIR is made; with "tls" STARTTLS is offered by DIR/tls/cert.pem for
#                                     "localhost", signed by DIR/tls/ca.pem
#   postfix.sh wait DIR COUNT         until COUNT messages are delivered, at most 120 s; prints the number
#   postfix.sh stop DIR               stops it; the delivered mail stays
#
# Recipients with a meaning, in any domain: unknown@ is refused with 550 5.1.1, busy@ with 451 4.7.1.
# Must run as root, as Postfix's master must.
set -eu

fail() { echo "postfix.sh: $*" >&2; exit 1; }

make_certificate() { # DIR
    umask 077
    mkdir -p "$1/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=test authority" \
        -addext "basicConstraints=critical,CA:TRUE" -keyout "$1/tls/ca.key" -out "$1/tls/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
        -keyout "$1/tls/key.pem" -out "$1/tls/cert.csr" 2>/dev/null
    printf 'subjectAltName=DNS:localhost\n' > "$1/tls/ext"
    openssl x509 -req -in "$1/tls/cert.csr" -CA "$1/tls/ca.pem" -CAkey "$1/tls/ca.key" -CAcreateserial -days 2 \
        -extfile "$1/tls/ext" -out "$1/tls/cert.pem" 2>/dev/null
    umask 022
    chmod 755 "$1/tls"
    chmod 644 "$1/tls/ca.pem" "$1/tls/cert.pem"
}

write_main() { # DIR TLS
    cat <<EOF
compatibility_level = 3.6
queue_directory = $1/queue
data_directory = $1/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = $1/log
maillog_file_prefixes = $1
myhostname = mx.test.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
default_transport = error:5.1.2 only .example here
virtual_transport = virtual
virtual_mailbox_domains = regexp:$1/etc/domains
virtual_mailbox_maps = static:mail/
virtual_mailbox_base = $1
virtual_mailbox_limit = 0
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_recipient_restrictions = check_recipient_access regexp:$1/etc/recipients, reject_unauth_destination
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 200
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 100000
smtpd_hard_error_limit = 100000
smtputf8_enable = no
disable_dns_lookups = yes
in_flow_delay = 0
biff = no
EOF
    if [ -n "$2" ]; then
        cat <<EOF
smtpd_tls_security_level = may
smtpd_tls_chain_files = $1/tls/key.pem, $1/tls/cert.pem
smtpd_tls_loglevel = 1
EOF
    fi
}

write_master() { # PORT
    cat <<EOF
127.0.0.1:$1 inet n - n - 60 smtpd
cleanup   unix  n - n - 0   cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - -   trivial-rewrite
bounce    unix  - - n - 0   bounce
defer     unix  - - n - 0   bounce
trace     unix  - - n - 0   bounce
proxymap  unix  - - n - -   proxymap
anvil     unix  - - n - 1   anvil
error     unix  - - n - -   error
retry     unix  - - n - -   error
virtual   unix  - n n - 20  virtual
postlog   unix-dgram n - n - 1 postlogd
EOF
}

start() { # DIR PORT TLS
    [ "$(id -u)" = 0 ] || fail "must run as root"
    command -v postfix >/dev/null || fail "postfix is not installed (apt-get install postfix)"
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    chmod 755 "$dir"
    mkdir -p "$dir/etc" "$dir/queue" "$dir/data" "$dir/mail/new" "$dir/mail/cur" "$dir/mail/tmp"
    chown postfix "$dir/data"
    chown -R 65534:65534 "$dir/mail"
    [ -z "$3" ] || make_certificate "$dir"
    write_main "$dir" "$3" > "$dir/etc/main.cf"
    write_master "$2" > "$dir/etc/master.cf"
    printf '/\\.example$/ OK\n' > "$dir/etc/domains"
    printf '/^unknown@/ 550 5.1.1 no such user here\n/^busy@/ 451 4.7.1 try again later\n' > "$dir/etc/recipients"
    postfix -c "$dir/etc" start >"$dir/start.log" 2>&1 || { cat "$dir/start.log" "$dir/log" >&2; fail "it did not start"; }
}

count_mail() { # DIR
    find "$1/mail/new" -type f | wc -l
}

wait_for() { # DIR COUNT
    tries=0
    while count=$(count_mail "$1"); [ "$count" -lt "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 600 ] || { echo "$count"; fail "only $count of $2 messages delivered after 120 s"; }
        sleep 0.2
    done
    echo "$count"
}

stop() { # DIR
    dir=$(cd "$1" && pwd)
    pid=$(tr -dc 0-9 < "$dir/queue/pid/master.pid" 2>/dev/null || true)
    postfix -c "$dir/etc" stop >>"$dir/start.log" 2>&1 || true
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && grep -q '^master' "/proc/$pid/comm" 2>/dev/null; then
        kill -9 "$pid" 2>/dev/null || true
    fi
}

case "${1:-}" in
    start) [ $# -ge 3 ] || fail "start DIR PORT [tls]"; start "$2" "$3" "${4:-}" ;;
    wait) [ $# -eq 3 ] || fail "wait DIR COUNT"; wait_for "$2" "$3" ;;
    stop) [ $# -eq 2 ] || fail "stop DIR"; stop "$2" ;;
    *) fail "start, wait or stop" ;;
esac
