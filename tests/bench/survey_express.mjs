// What a team would knock together: the same survey with Express and better-sqlite3 (WAL, FULL), for the
// bench beside it. survey_express.mjs PORT DATABASE PAGE.html
//
// GET /k/TOKEN shows the page (a template with the person's own name and link), POST /k/TOKEN takes the
// start, and pages of five answers, each durable before it is acknowledged. Tokens are random and stored,
// as is usual. Tallies are left to the report.
import Database from "better-sqlite3";
import express from "express";
import { readFileSync } from "node:fs";

const [port, path, page] = process.argv.slice(2);
const pages = 2;
const perPage = 5;
const db = new Database(path);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
const find = db.prepare("SELECT id, name, status, page FROM invitation WHERE token = ?");
const start = db.prepare("UPDATE invitation SET status = 'started', started_at = ? WHERE id = ? AND status = 'none'");
const save = db.prepare(`INSERT INTO answer (invitation_id, item, choice, answered_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (invitation_id, item) DO UPDATE SET choice = excluded.choice, answered_at = excluded.answered_at`);
const advance = db.prepare("UPDATE invitation SET status = ?, page = max(page, ?), completed_at = ? WHERE id = ?");
const submit = db.transaction((id, number, body, now) => {
    for (let i = number * perPage; i < (number + 1) * perPage; i++) {
        if (body[`q${i}`] !== undefined) {
            save.run(id, i, Number(body[`q${i}`]), now);
        }
    }
    const last = number + 1 === pages;
    advance.run(last ? "complete" : "partial", number + 1, last ? now : null, id);
});

const parts = readFileSync(page, "utf8").split("{{name}}");
const render = (name) => parts.join(name.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`));
const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.use(express.urlencoded({ extended: false }));
app.use((request, response, next) => {
    response.set({
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'self'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    });
    next();
});
app.get("/k/:token", (request, response) => {
    const invitation = find.get(request.params.token);
    if (!invitation) {
        return response.status(404).send("no such link");
    }
    return response.type("html").send(render(invitation.name));
});
app.post("/k/:token", (request, response) => {
    const invitation = find.get(request.params.token);
    if (!invitation) {
        return response.status(404).send("no such link");
    }
    const now = Date.now();
    if (request.body.action === "start") {
        start.run(now, invitation.id);
        return response.redirect(303, `/k/${request.params.token}`);
    }
    const number = Number(request.body.page);
    if (invitation.status === "complete" || !(number <= invitation.page && number < pages)) {
        return response.redirect(303, `/k/${request.params.token}`);
    }
    submit(invitation.id, number, request.body, now);
    return response.redirect(303, `/k/${request.params.token}`);
});
app.listen(Number(port), "127.0.0.1");
