// Is asking this SQL twice no more than asking it once? Only then may it be sent again when nobody knows whether it ran. Yes for one
// lone SELECT, TABLE, VALUES or SHOW that locks nothing, writes nothing and calls only functions known to write nothing: a SELECT can
// call nextval() or a function of the app's that inserts. The list is of what is known, so what is not known is not sent twice.
// A view or an operator that hides a writing function is not seen: say so by `{ idempotent: false }` there, or don't build such a view.

const KNOWN = new Set(
  `abs age any all array array_agg array_length array_position array_to_string avg bool_and bool_or btrim cardinality cast ceil ceiling
  char_length coalesce concat concat_ws count cume_dist current_date current_setting current_timestamp date date_bin date_part date_trunc
  decode dense_rank distinct encode every exists exp extract filter first_value floor format generate_series greatest in initcap
  int interval json_agg json_build_array json_build_object json_object_agg jsonb_agg jsonb_array_elements jsonb_array_elements_text
  jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text
  jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_typeof lag
  last_value lateral lead least left length like ln localtime localtimestamp log lower lpad ltrim make_date make_interval
  make_timestamp max md5 min mod mode not now ntile nullif numeric varchar char decimal timestamp timestamptz time octet_length on or and
  over overlay partition percent_rank percentile_cont percentile_disc pg_backend_pid pg_is_in_recovery phraseto_tsquery
  plainto_tsquery position power quote_ident quote_literal random rank regexp_match regexp_matches regexp_replace
  regexp_split_to_array regexp_split_to_table repeat replace reverse right round row row_number row_to_json rpad rtrim select sign
  similarity split_part sqrt string_agg string_to_array strpos substr substring sum to_char to_date to_json to_jsonb to_number
  to_timestamp to_tsquery to_tsvector trim trunc ts_headline ts_rank ts_rank_cd unnest upper using values version websearch_to_tsquery
  when where then else case as from join union except intersect by between is with width_bucket xmlagg rows range sets cube rollup
  limit offset having gen_random_uuid`.split(/\s+/),
)
const BEGINS = /^\s*\(*\s*(select|table|values|show|with)\b/i
const WRITES = /\b(insert|update|delete|merge|into|truncate|create|alter|drop|grant|call|do|lock|copy|share|set)\b/i
const NOISE = /'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$/g
const ESCAPED = /\be'/i

const MOST_REMEMBERED = 1_000
const remembered = new Map<string, boolean>()

export function isSafeRead(sql: string): boolean {
  const known = remembered.get(sql)
  if (known !== undefined) return known
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  const safe = judge(sql)
  remembered.set(sql, safe)
  return safe
}

function judge(sql: string): boolean {
  if (!BEGINS.test(sql) || ESCAPED.test(sql)) return false
  const text = sql.replace(NOISE, ' ').trim().replace(/;$/, '')
  if (text.includes(';') || WRITES.test(text)) return false
  for (const call of text.matchAll(/("?)([\w$]+)\1\s*\(/g)) {
    // "quoted"( and schema.name( are the app's own.
    const before = text[call.index - 1]
    if (call[1] === '"' || before === '.' || before === '"') return false
    if (!KNOWN.has(call[2]!.toLowerCase()) && !isNoCall(text, call.index)) return false
  }
  return true
}

/** `with recent (a, b) as (`, `from t alias (a, b)`: a name and its columns. */
function isNoCall(text: string, index: number): boolean {
  return /(?:\bwith(?:\s+recursive)?|\bas)\s+$/i.test(text.slice(0, index)) || /\)\s*,\s*$/.test(text.slice(0, index))
}
