-- For wrk: the survey's load. Arguments after --:
--   page LINKS             GET of each link in turn
--   start LINKS            POST that begins the answering, each link once
--   submit LINKS PAGE N    POST of N answers to page PAGE (0, 1...), each link once
-- Each thread takes every THREADS-th link, where it stops; so a link is asked by one thread only.
local thread_count = 0

function setup(thread)
    thread:set("number", thread_count)
    thread_count = thread_count + 1
    thread:set("sum", thread_count)
end

local paths, at, kind, headers, body = {}, 0, nil, nil, nil

local function form(page, answers)
    local parts = { "action=next", "page=" .. page }
    for i = 0, answers - 1 do
        parts[#parts + 1] = "q" .. (page * answers + i) .. "=" .. (i % 2)
    end
    return table.concat(parts, "&")
end

function init(args)
    kind = args[1]
    local threads = tonumber(args[2])
    local turn = 0
    for line in io.lines(args[3]) do
        if turn % threads == number then
            paths[#paths + 1] = line:match("//[^/]*(/.*)$")
        end
        turn = turn + 1
    end
    headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
    body = kind == "start" and "action=start" or kind == "submit" and form(tonumber(args[4]), tonumber(args[5]))
end

function request()
    at = at + 1
    if kind == "page" then
        return wrk.format("GET", paths[(at - 1) % #paths + 1])
    end
    if at > #paths then
        wrk.thread:stop()
        at = #paths -- asked twice: changes nothing
    end
    return wrk.format("POST", paths[at], headers, body)
end
