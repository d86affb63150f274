# For the system tests, to be read by `.`: a temporary folder, a Postfix of our own, an installation and
# shellcheck shell=sh disable=SC2154,SC2034 # variables shared with the scripts that read this
# its serve. Set before: build (folder of the build). Sets: work, inbox, port, smtp_port, vetkoll.
#
#   setup_begin NAME             makes $work; everything started is stopped and removed at exit
#   postfix_start                the Postfix, which delivers to $inbox
#   setup_install PEOPLE         init, staff file of that many, content
#   serve_start / serve_stop     `vetkoll serve` in the background; waits until /healthz answers
#   run COMMAND...               vetkoll COMMAND in the installation

say() {
    printf '%s\n' "$name: $*"
}

fail() {
    say "FAILED: $*" >&2
    exit 1
}

# A TCP port of 127.0.0.1 that nothing listens on, above FROM.
free_port() {
    candidate=$(($1 + $$ % 2000))
    while grep -q -i ":$(printf '%04X' "$candidate") 00000000:0000 0A" /proc/net/tcp; do
        candidate=$((candidate + 1))
    done
    echo "$candidate"
}

setup_end() {
    status=$?
    trap - EXIT INT TERM
    serve_stop || true
    [ ! -d "$work/postfix" ] || tests/integration/postfix.sh stop "$work/postfix" || true
    for pid in $helper_pids; do
        kill "$pid" 2>/dev/null || true
    done
    if [ $status -eq 0 ]; then
        rm -rf "$work"
    else
        say "everything is left in $work"
        tail -n 20 "$work/serve.log" 2>/dev/null || true
    fi
    exit $status
}

export LC_ALL=C.UTF-8

setup_begin() {
    name=$1
    serve_pid=''
    helper_pids=''
    work=$(mktemp -d "/tmp/vetkoll-$name-XXXXXX")
    chmod 755 "$work"
    vetkoll=$build/vetkoll
    port=$(free_port 20000)
    smtp_port=$(free_port 24000)
    trap setup_end EXIT
    trap 'exit 130' INT TERM
    export VETKOLL_WEB_LISTEN="127.0.0.1:$port" VETKOLL_WEB_BASE_URL="http://127.0.0.1:$port"
    export VETKOLL_MAIL_RELAY="smtp://127.0.0.1:$smtp_port" VETKOLL_MAIL_TLS=off
    export VETKOLL_MAIL_FROM=informationssakerhet@kommun.example VETKOLL_MAIL_CONNECTIONS=4
    export VETKOLL_ORGANISATION_NAME_SV="Provkommunen" VETKOLL_ORGANISATION_NAME_EN="Test Municipality"
    inbox=$work/postfix/mail/new
}

postfix_start() {
    tests/integration/postfix.sh start "$work/postfix" "$smtp_port"
}

run() {
    "$vetkoll" --lang en --dir "$work/installation" "$@"
}

# A staff file: pNNNN@kommun.example, names that need care, departments of very unequal size.
staff_file() { # COUNT
    awk -v count="$1" 'BEGIN {
        given = split("Åsa Örjan Märta Björn 李 Zoë Karin Łukasz Ahmed Siân", first, " ")
        family = split("O\047Brien Ångström Öberg Svensson 小明 Nygård D\047Arc Ek Müller Sjö", last, " ")
        places = split("Vård och omsorg/Hemtjänst/Norr|Vård och omsorg/Hemtjänst/Söder|" \
            "Vård och omsorg/Särskilt boende|Barn och utbildning/Förskola|" \
            "Barn och utbildning/Grundskola/Östra|Barn och utbildning/Grundskola/Västra|" \
            "Barn och utbildning/Gymnasium|Samhällsbyggnad/Bygglov|Samhällsbyggnad/Gata och park|" \
            "Kommunledning/Ekonomi|Kommunledning/HR|Kultur och fritid/Bibliotek", place, "|")
        print "Förnamn;Efternamn;E-post;Avdelning;Språk"
        for (i = 1; i <= count; i++) {
            where = place[int(i / 10) % places + 1]
            if (i <= 3) { where = "Kommunledning/Juridik" }
            if (i > 3 && i <= 7) { where = "Kultur och fritid/Museum" }
            printf "%s;%s;p%04d@kommun.example;%s;%s\n", first[i % given + 1], \
                last[int(i / 7) % family + 1], i, where, i % 13 == 0 ? "en" : "sv"
        }
    }'
}

setup_install() { # COUNT
    staff_file "$1" >"$work/staff.csv"
    run init >/dev/null
    run people import "$work/staff.csv" >"$work/import.log"
    run content import templates/content/starter >>"$work/import.log"
}

serve_start() {
    "$vetkoll" --lang en --dir "$work/installation" serve >>"$work/serve.log" 2>&1 &
    serve_pid=$!
    serve_tries=0
    until curl -s -o /dev/null -f "http://127.0.0.1:$port/healthz"; do
        kill -0 "$serve_pid" 2>/dev/null || fail "serve ended at its start"
        serve_tries=$((serve_tries + 1))
        [ $serve_tries -lt 300 ] || fail "serve does not answer"
        sleep 0.1
    done
}

# Asks it to finish and waits; fails unless it ends with 0.
serve_stop() {
    [ -n "$serve_pid" ] || return 0
    pid=$serve_pid
    serve_pid=''
    kill -TERM "$pid" 2>/dev/null || return 0
    wait "$pid"
}

# A campaign of all, mailed at once, at any hour of any day.
campaign_file() { # NAME KIND PROMISE
    lesson=''
    if [ "$2" = training ]; then
        lesson=$(basename "$(find templates/content/starter/lessons -name '*.sv.md' | sort | head -n 1)" .sv.md)
        lesson="\"lessons\": [\"$lesson\"],"
    fi
    cat <<JSON
{"name": "$1", "title": {"sv": "Prov på riktigt", "en": "A real trial"}, "kind": "$2", "promise": "$3",
 "content": {"pack": "starter", $lesson "areas": ["area1", "area2", "area3", "area4", "area5"],
  "per_area": 2, "items_per_page": 3},
 "audience": {}, "seed": 42,
 "schedule": {"window": {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                         "from": "00:00", "to": "24:00", "holidays": true},
              "reminders": {"after_working_days": 3, "max": 1}}}
JSON
}
