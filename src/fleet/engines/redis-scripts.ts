// The questions as Redis runs them. Of one fleet, under one base name: alive, sick and known are sorted by the time they end; versions, values,
// infos and seen are hashes; each hint has a sorted set of who tells it, named in hints. Times are Redis's own.
const START = `
local base = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function key(name) return base .. ':' .. name end
`

export const BEAT = `${START}
local node, info, sick, ttl, forget, n = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('ZADD', key('alive'), now + ttl, node)
redis.call('ZADD', key('known'), now + forget, node)
redis.call('HSET', key('infos'), node, info)
redis.call('HSET', key('seen'), node, now)
if sick == '1' then redis.call('ZADD', key('sick'), now + ttl, node) else redis.call('ZREM', key('sick'), node) end
local mine = {}
for i = 7, 6 + n do
  mine[ARGV[i]] = true
  redis.call('SADD', key('hints'), ARGV[i])
  redis.call('ZADD', key('hint:' .. ARGV[i]), now + ttl, node)
end
redis.call('ZREMRANGEBYSCORE', key('alive'), '-inf', now)
redis.call('ZREMRANGEBYSCORE', key('sick'), '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', key('known'), '-inf', now)) do
  redis.call('ZREM', key('known'), gone)
  redis.call('HDEL', key('infos'), gone)
  redis.call('HDEL', key('seen'), gone)
end
local hints = {}
for _, hint in ipairs(redis.call('SMEMBERS', key('hints'))) do
  local set = key('hint:' .. hint)
  if not mine[hint] then redis.call('ZREM', set, node) end
  redis.call('ZREMRANGEBYSCORE', set, '-inf', now)
  local count = redis.call('ZCARD', set)
  if count == 0 then redis.call('SREM', key('hints'), hint) else
    hints[#hints + 1] = hint
    hints[#hints + 1] = tostring(count)
  end
end
local has = {}
for i = 7 + n, #ARGV, 2 do has[ARGV[i]] = ARGV[i + 1] end
local changed = {}
local versions = redis.call('HGETALL', key('versions'))
for i = 1, #versions, 2 do
  if has[versions[i]] ~= versions[i + 1] then
    changed[#changed + 1] = versions[i]
    changed[#changed + 1] = versions[i + 1]
    changed[#changed + 1] = redis.call('HGET', key('values'), versions[i])
  end
end
local alive = redis.call('ZCARD', key('alive'))
return { tostring(now), alive, redis.call('ZCARD', key('sick')), redis.call('ZCARD', key('known')) - alive, hints, changed }`

export const WRITE = `${START}
local version = redis.call('HGET', key('versions'), ARGV[1]) or '0'
if version ~= ARGV[3] then return { 0, tostring(now), version, redis.call('HGET', key('values'), ARGV[1]) or 'null' } end
local after = tostring(tonumber(version) + 1)
redis.call('HSET', key('versions'), ARGV[1], after)
redis.call('HSET', key('values'), ARGV[1], ARGV[2])
return { 1, tostring(now), after, ARGV[2] }`

export const NODES = `${START}
local rows = {}
for _, node in ipairs(redis.call('ZRANGEBYSCORE', key('known'), '(' .. now, '+inf')) do
  rows[#rows + 1] = node
  rows[#rows + 1] = redis.call('HGET', key('infos'), node) or 'null'
  rows[#rows + 1] = redis.call('HGET', key('seen'), node) or '0'
  rows[#rows + 1] = redis.call('ZSCORE', key('alive'), node) or '0'
  rows[#rows + 1] = redis.call('ZSCORE', key('sick'), node) and '1' or '0'
end
return { tostring(now), rows }`

export const LEAVE = `${START}
for _, name in ipairs({ 'alive', 'known', 'sick' }) do redis.call('ZREM', key(name), ARGV[1]) end
for _, hint in ipairs(redis.call('SMEMBERS', key('hints'))) do redis.call('ZREM', key('hint:' .. hint), ARGV[1]) end
redis.call('HDEL', key('infos'), ARGV[1])
redis.call('HDEL', key('seen'), ARGV[1])
return { tostring(now) }`
