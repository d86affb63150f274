# shellcheck shell=sh disable=SC2154,SC2034 # variables of the script that reads this, and for it
# The bench of the mailer, read by tests/bench/run: medians of five rounds, in each of which everyone sends the
# same number of messages of the same size, over as many connections, to the same smtp-sink:
#
#   vetkoll      from `campaign launch` to the end of `send`: sample, invitations, queue, rendering, MIME,
#                and every outcome durable before the next message of the connection is given over
#   smtp-source  Postfix's load generator: one message made beforehand. The limit
#   nodemailer   a pool, messages composed from text and HTML
#   smtplib      Python's own, a thread a connection, messages composed from text and HTML
#
# VETKOLL_BENCH_MESSAGES (20000) and VETKOLL_BENCH_ROUNDS (5) change it.
mail_messages=${VETKOLL_BENCH_MESSAGES:-20000}
mail_rounds=${VETKOLL_BENCH_ROUNDS:-5}
mail_connections=10

mail_median() { # FILE COLUMN
    sort -n -k "$2,$2" "$1" | awk -v column="$2" '{ v[NR] = $column } END { print v[int((NR + 1) / 2)] }'
}

mail_prepare() { # an installation with everything but the launch, and the peers' message
    export VETKOLL_MAIL_CONNECTIONS=$mail_connections
    export VETKOLL_TEMPLATES_DIR="$PWD/tests/bench/templates"
    VETKOLL_MAIL_RELAY="smtp://127.0.0.1:$smtp_port"
    setup_install "$mail_messages"
    campaign_file bench-mail knowledge confidential >"$work/campaign.json"
    run campaign create "$work/campaign.json" >/dev/null
    mv "$work/installation" "$work/pristine"
    ln -s pristine "$work/installation"
    run campaign preview bench-mail --lang sv --out "$work/preview" >/dev/null
    for part in txt html; do
        sed 's#k/[A-Za-z0-9_-]\{35\}#@LINK@#g' "$work/preview/"*."$part" >"$work/peer.$part"
    done
    mail_size=$(cat "$work/preview/"*.eml | wc -c)
    rm "$work/installation"
    (cd tests/bench && npm ci --no-fund --no-audit --loglevel=error)
}

mail_round() { # NAME COMMAND...: appends seconds, processor seconds and MB to $work/NAME.times
    peer=$1
    shift
    "$build/tests/bench/measure" "$@" >>"$work/$peer.times" 2>"$work/$peer.log" ||
        fail "$peer: $(tail -n 3 "$work/$peer.log")"
}

mail_say() { # NAME
    seconds=$(mail_median "$work/$1.times" 1)
    say "mail: $1: $(divide "$mail_messages" "$seconds") messages/s, processor" \
        "$(divide "$(mail_median "$work/$1.times" 2)" "$(divide "$mail_messages" 1000)") s per 1,000," \
        "peak resident $(mail_median "$work/$1.times" 3) MB"
}

bench_mail() {
    mail_prepare
    say "mail: $mail_messages messages of $mail_size bytes, $mail_connections connections," \
        "medians of $mail_rounds rounds"
    sink_start "$smtp_port"
    round=0
    while [ "$round" -lt "$mail_rounds" ]; do
        round=$((round + 1))
        rm -rf "$work/installation"
        cp -a "$work/pristine" "$work/installation"
        sync # what the copy wrote is not theirs to wait for
        # shellcheck disable=SC2016 # for that shell
        mail_round vetkoll sh -c '"$1" --dir "$2" campaign launch bench-mail && "$1" --dir "$2" send' \
            sh "$vetkoll" "$work/installation"
        sent=$(run outbox list --state sent --format csv | wc -l)
        [ "$sent" -gt "$mail_messages" ] || fail "only $sent messages are sent"
        mail_round smtp-source smtp-source -s $mail_connections -d -m "$mail_messages" -l "$mail_size" \
            -f a@kommun.example -t b@kommun.example "127.0.0.1:$smtp_port"
        mail_round nodemailer node tests/bench/smtp_nodemailer.mjs "$smtp_port" "$mail_messages" \
            $mail_connections "$work/peer.txt" "$work/peer.html"
        mail_round smtplib python3 tests/bench/smtp_smtplib.py "$smtp_port" "$mail_messages" \
            $mail_connections "$work/peer.txt" "$work/peer.html"
    done
    sink_stop
    for peer in vetkoll smtp-source nodemailer smtplib; do mail_say $peer; done
    ours=$(mail_median "$work/vetkoll.times" 1)
    for peer in smtp-source nodemailer smtplib; do
        ratio "mail.vetkoll/$peer" "$(mail_median "$work/$peer.times" 1)" "$ours"
    done
    rm -rf "$work/installation" "$work/pristine"
}
