-- What wrk asks: each line of the file named first is a request, a path to get or a body to post; a second
-- argument is the milliseconds that a connection waits between two requests, half as long to half as long again.
-- At the end one line of JSON.
local threads = {}
local post = { ["Content-Type"] = "application/json" }

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  lines, at, refused = {}, 0, 0
  for line in io.lines(args[1]) do
    table.insert(lines, line)
  end
  local wait = tonumber(args[2])
  if wait then
    delay = function() return math.random(math.floor(wait / 2), math.floor(wait * 1.5)) end
  end
end

function request()
  at = at % #lines + 1
  local line = lines[at]
  if line:sub(1, 1) == "/" then
    return wrk.format("GET", line)
  end
  return wrk.format("POST", "/api/recommendations", post, line)
end

function response(status)
  if status == 503 then
    refused = refused + 1
  end
end

function done(summary, latency)
  local busy, failed = 0, summary.errors
  for _, thread in ipairs(threads) do
    busy = busy + thread:get("refused")
  end
  io.write(string.format(
    '{"seconds": %f, "answers": %d, "refused": %d, "errors": %d, "p50_ms": %f, "p99_ms": %f}\n',
    summary.duration / 1e6, summary.requests, busy,
    failed.status - busy + failed.connect + failed.read + failed.write + failed.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
