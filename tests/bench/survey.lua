-- For wrk: the survey's load. wrk ... -s survey.lua URL -- KIND THREADS LINKS [PAGE]
--   page      GET of each link in turn
--   start     POST that begins the answering, each link once
--   submit    POST of five answers to page PAGE (0, 1), each link once
--   session   all that a person does: GET, start, five answers, GET, five answers, GET
-- Each thread takes every THREADS-th link of the file LINKS. A session's next request comes as many
-- requests later as sessions are under way, far more than there are connections.
local ANSWERS, UNDER_WAY = 5, 2048
local thread_count = 0

function setup(thread)
    thread:set("number", thread_count)
    thread_count = thread_count + 1
end

local paths, at, make = {}, 0, nil
local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }

local function form(page)
    local parts = { "action=next", "page=" .. page }
    for i = 0, ANSWERS - 1 do
        parts[#parts + 1] = "q" .. (page * ANSWERS + i) .. "=" .. (i % 2)
    end
    return table.concat(parts, "&")
end

local function get(path)
    return wrk.format("GET", path)
end

local function poster(body)
    return function(path)
        return wrk.format("POST", path, headers, body)
    end
end

-- The next link; where there are no more, the last again until what is on its way has surely arrived.
local function once(ask)
    return function()
        at = at + 1
        if at > #paths + UNDER_WAY then
            wrk.thread:stop()
        end
        return ask(paths[math.min(at, #paths)])
    end
end

local function sessions()
    local steps = { get, poster("action=start"), poster(form(0)), get, poster(form(1)), get }
    local turn, step, first = 0, 1, 0
    return function()
        turn = turn + 1
        if turn > UNDER_WAY then
            turn, step = 1, step + 1
            if step > #steps then
                step, first = 1, first + UNDER_WAY
            end
        end
        if first + turn > #paths then
            wrk.thread:stop()
            return get(paths[1])
        end
        return steps[step](paths[first + turn])
    end
end

function init(args)
    local threads, count = tonumber(args[2]), 0
    for line in io.lines(args[3]) do
        if count % threads == number then
            paths[#paths + 1] = line:match("//[^/]*(/.*)$")
        end
        count = count + 1
    end
    local kinds = {
        page = function()
            return function()
                at = at % #paths + 1
                return get(paths[at])
            end
        end,
        start = function() return once(poster("action=start")) end,
        submit = function() return once(poster(form(tonumber(args[4])))) end,
        session = sessions,
    }
    make = kinds[args[1]]()
end

-- wrk asks for one request before it begins, and sends it nowhere.
local rehearsed = false

function request()
    if not rehearsed then
        rehearsed = true
        return get(paths[1])
    end
    return make()
end
