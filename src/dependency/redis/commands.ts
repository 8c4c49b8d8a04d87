// What a command is: may it be asked twice, and does it wait by design? Pure.

const READS = new Set(
  `get mget strlen getrange exists ttl pttl type keys scan dbsize randomkey hget hmget hgetall hkeys hvals hlen hexists hscan hstrlen
  llen lrange lindex lpos smembers sismember smismember scard srandmember sscan sinter sunion sdiff zrange zrangebyscore zrevrange
  zrevrangebyscore zrangebylex zscore zmscore zcard zcount zlexcount zrank zrevrank zscan xlen xrange xrevrange xinfo xpending bitcount
  bitpos getbit pfcount geodist geohash geopos geosearch memory object ping echo time info lolwut`.split(/\s+/),
)
/** They wait for something to come, for as long as they were told to. */
const BLOCKS = new Set('blpop brpop brpoplpush blmove blmpop bzpopmin bzpopmax bzmpop wait waitaof'.split(' '))
/** The connection becomes a subscriber's; the client brings it back by itself. */
const SUBSCRIBES = new Set('subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe monitor quit'.split(' '))

export const isRead = (name: string): boolean => READS.has(name)

export function waitsByDesign(name: string, args: readonly unknown[]): boolean {
  if (BLOCKS.has(name) || SUBSCRIBES.has(name)) return true
  return (name === 'xread' || name === 'xreadgroup') && args.some(arg => /^block$/i.test(String(arg)))
}
