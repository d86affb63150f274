/* The functions of the route table. Each answers its path for the methods that the table lets
 * through, or asks for a change. */
#pragma once

#include "web/route.h"

/* /k/TOKEN, the employee's page. GET shows where the person is, and changes nothing. POST has the
 * fields
 *   action  start | next | back | save | retry; a page that only changes its language has `switch`
 *           instead
 *   page    the page that is sent, 0..: lessons, then items
 *   qN      for the form's item N (0..): an option's number in the item's own order, or "na";
 *           repeated for several choices
 *   oN.M    of an order item N, the place of option M, from 1
 *   tN      free text for the form's item N
 *   wN      how item N was saved when the page was made, see shown.h
 *   lang    sv | en
 * and is answered by 303 to what comes next once it is durable; `save` by 204, and 422 with the
 * page if its answers cannot be taken. What comes too late is answered by 303 to the link with
 * "unsaved=1", and the page there says so. An anonymous form keeps nothing on the server between
 * its pages: the answers travel along as hidden fields, and a page is answered by the next one
 * (200) until the last, which casts the ballot. */
Reply *page_answer(const Site *site, const Request *request, Change *out_change);

/* /verify: what runs, so that a mail can be checked. */
Reply *page_verify(const Site *site, const Request *request, Change *out_change);

/* /healthz: 200 once the database has been read and the writer has committed. */
Reply *page_health(const Site *site, const Request *request, Change *out_change);

/* /metrics, in Prometheus' text format: numbers of the mailer and of invitations. Only for this
 * machine; anyone else is told that there is no such page. */
Reply *page_metrics(const Site *site, const Request *request, Change *out_change);

/* /accessibility: the statement that the law asks of public bodies, from the settings. */
Reply *page_accessibility(const Site *site, const Request *request, Change *out_change);

/* /static/app.css, /static/app.js, /favicon.svg, /robots.txt */
Reply *page_static(const Site *site, const Request *request, Change *out_change);

/* /picture/NAME, of a question; the name is of the content, so that it may be kept for ever. */
Reply *page_picture(const Site *site, const Request *request, Change *out_change);

/* /demo/... from the folder of the settings. */
Reply *page_folder(const Site *site, const Request *request, Change *out_change);

/* / */
Reply *page_home(const Site *site, const Request *request, Change *out_change);
