# The survey's bench, to be read by tests/bench/run: what 100,000 invited people may ask for, by wrk.
# shellcheck shell=sh disable=SC2154,SC2034 # variables shared with the script that reads this

survey_people=${VETKOLL_BENCH_PEOPLE:-100000}

# wrk's figures of the last load.
load_rate() { sed -n 's,^Requests/sec: *,,p' "$work/wrk.out"; }
load_requests() { awk '/requests in/ { print $1 }' "$work/wrk.out"; }
load_p99() { awk '$1 == "99%" { v = $2; if (sub(/us$/, "", v)) v /= 1000; else if (!sub(/ms$/, "", v)) v *= 1000; print v + 0 }' "$work/wrk.out"; }

load() { # PORT CONNECTIONS SECONDS KIND LINKS [PAGE]
    url=http://127.0.0.1:$1 connections=$2 seconds=$3
    shift 3
    kind=$1 file=$2
    shift 2
    wrk -t 1 -c "$connections" -d "$seconds" --timeout 30 --latency -s tests/bench/survey.lua "$url" -- \
        "$kind" 1 "$file" "$@" >"$work/wrk.out" 2>&1 || fail "wrk: $(cat "$work/wrk.out")"
    if grep -q -E 'Non-2xx|Socket errors' "$work/wrk.out"; then
        fail "wrk $kind: $(grep -E 'Non-2xx|Socket errors' "$work/wrk.out")"
    fi
}

count() { # DATABASE SQL
    sqlite3 "$1" "$2"
}

started() { # DATABASE
    count "$1" "SELECT count(*) FROM invitation WHERE status <> 'none'"
}

# All of the links begin to answer. wrk stops by the clock: the next turn goes on a little before where it was.
start_all() { # PORT DATABASE LINKS
    before=$(started "$2") wanted=$(wc -l <"$3") turn=0 done=0
    while [ $done -lt "$wanted" ]; do
        turn=$((turn + 1))
        [ $turn -le 40 ] || fail "people cannot begin to answer"
        tail -n +$((done > 200 ? done - 200 : 1)) "$3" >"$work/links.rest"
        load "$1" 64 4 start "$work/links.rest"
        done=$(($(started "$2") - before))
    done
}

# Every submit that was acknowledged is there; as wrk was stopped, some may be there unacknowledged.
check_answers() { # DATABASE BEFORE CONNECTIONS
    there=$((($(count "$1" 'SELECT count(*) FROM answer') - $2) / 5))
    asked=$(load_requests)
    if [ "$there" -lt "$asked" ] || [ "$there" -gt $((asked + $3)) ]; then
        fail "$asked submits acknowledged, $there in the database"
    fi
}

nginx_page() { # sets nginx_rate: the same page as a file
    nginx_port=$(free_port 28000)
    mkdir -p "$work/nginx/www/k"
    curl -s -o "$work/nginx/www/k/page" "$(head -n 1 "$work/links")"
    nginx_config "$nginx_port" "$work/nginx" >"$work/nginx/nginx.conf"
    nginx -c "$work/nginx/nginx.conf" &
    nginx_pid=$!
    helper_pids=$nginx_pid
    sleep 1
    echo "http://127.0.0.1:$nginx_port/k/page" >"$work/nginx/links"
    load "$nginx_port" 16 5 page "$work/nginx/links"
    nginx_rate=$(load_rate)
    kill $nginx_pid
    wait $nginx_pid 2>/dev/null || true
}

express_start() {
    [ -d tests/bench/node_modules/express ] || (cd tests/bench && npm ci --no-fund --no-audit --loglevel=error)
    [ -f tests/bench/node_modules/better-sqlite3/build/Release/better_sqlite3.node ] ||
        (cd tests/bench && npm rebuild --loglevel=error better-sqlite3)
    express_db=$work/express.db express_port=$(free_port 30000)
    {
        echo "PRAGMA journal_mode = WAL; BEGIN;"
        echo "CREATE TABLE invitation (id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT 'none', page INTEGER NOT NULL DEFAULT 0, started_at INTEGER,
            completed_at INTEGER);
            CREATE TABLE answer (invitation_id INTEGER NOT NULL, item INTEGER NOT NULL, choice INTEGER NOT NULL,
            answered_at INTEGER NOT NULL, PRIMARY KEY (invitation_id, item)) WITHOUT ROWID;"
        awk -F/ '{ printf "INSERT INTO invitation (token, name) VALUES (\047%s\047, \047Åsa Öberg %d\047);\n", $NF, NR }' \
            "$work/links"
        echo "COMMIT;"
    } | sqlite3 "$express_db" >/dev/null
    token=$(head -n 1 "$work/links" | sed 's,.*/,,')
    sed "s,$token,{{name}},g" "$work/nginx/www/k/page" >"$work/page.html"
    NODE_ENV=production node tests/bench/survey_express.mjs "$express_port" "$express_db" "$work/page.html" &
    express_pid=$!
    helper_pids=$express_pid
    express_tries=0
    until curl -s -o /dev/null "http://127.0.0.1:$express_port/k/$token"; do
        express_tries=$((express_tries + 1))
        [ $express_tries -lt 100 ] || fail "the Express app does not answer"
        sleep 0.1
    done
}

bench_express() { # sets express_page, express_submit, express_session
    express_start
    load "$express_port" 16 5 page "$work/links"
    express_page=$(load_rate)
    start_all "$express_port" "$express_db" "$work/links.short"
    load "$express_port" 64 3 submit "$work/links.short" 0
    express_submit=$(load_rate)
    check_answers "$express_db" 0 64
    load "$express_port" 64 4 session "$work/links.session"
    express_session=$(($(load_requests) / 6 / 4))
    kill $express_pid
    wait $express_pid 2>/dev/null || true
}

bench_submits() { # sets submit_rate, session_rate
    database=$work/installation/vetkoll.db
    start_all "$port" "$database" "$work/links.submit"
    start_all "$port" "$database" "$work/links.many"
    before=$(count "$database" 'SELECT count(*) FROM answer')
    load "$port" 64 3 submit "$work/links.submit" 0
    submit_rate=$(load_rate) submit_p99=$(load_p99)
    check_answers "$database" "$before" 64
    before=$(count "$database" 'SELECT count(*) FROM answer')
    load "$port" 256 2 submit "$work/links.many" 0
    many_rate=$(load_rate) many_p99=$(load_p99)
    check_answers "$database" "$before" 256
    load "$port" 64 4 session "$work/links.session"
    session_rate=$(($(load_requests) / 6 / 4))
    sessions=$(count "$database" "SELECT count(*) FROM invitation WHERE status = 'complete'")
    [ "$sessions" -ge $((session_rate * 4 - 4096)) ] || fail "$sessions sessions complete, $session_rate a second"
}

bench_survey() { # also makes what bench_reports reads
    VETKOLL_BENCH_PAGE=5
    launch "$survey_people" bench-survey
    say "survey: preparing $survey_people links"
    links >"$work/links"
    rm -rf "$work/mail"
    head -n $((survey_people * 52 / 100)) "$work/links" >"$work/links.submit"
    tail -n $((survey_people * 48 / 100)) "$work/links" | head -n $((survey_people * 34 / 100)) >"$work/links.many"
    tail -n $((survey_people * 14 / 100)) "$work/links" >"$work/links.session"
    head -n $((survey_people / 5)) "$work/links" >"$work/links.short"
    serve_start
    load "$port" 16 1 page "$work/links"
    load "$port" 16 5 page "$work/links"
    page_rate=$(load_rate)
    load "$port" 256 3 page "$work/links"
    page_p99=$(load_p99)
    nginx_page
    bench_submits
    sqlite64=$("$build/tests/bench/sqlite64" "$work/sqlite64.db" 50000)
    bench_express
    say "survey: page of $(wc -c <"$work/page.html") bytes, 16 connections: vetkoll $page_rate/s, nginx's file" \
        "$nginx_rate/s, Express $express_page/s; at 256 connections the 99th percentile is $page_p99 ms"
    say "survey: five answers durable, 64 connections: vetkoll $submit_rate/s (99 % in $submit_p99 ms), SQLite 64 a" \
        "commit $sqlite64/s, Express $express_submit/s; 256 connections: $many_rate/s, 99 % in $many_p99 ms"
    say "survey: whole sessions, 64 connections: vetkoll $session_rate/s, Express $express_session/s"
    ratio survey.page/nginx "$page_rate" "$nginx_rate"
    ratio survey.page/express "$page_rate" "$express_page"
    ratio survey.submit/sqlite64 "$submit_rate" "$sqlite64"
    ratio survey.submit/express "$submit_rate" "$express_submit"
    ratio survey.session/express "$session_rate" "$express_session"
    serve_stop
}
