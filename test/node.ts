// The Node that tests start programs with: the one that runs them, or the one named by SELFHEAL_TEST_NODE (how the process tests are
// run under an older Node).

export const node: string = process.env['SELFHEAL_TEST_NODE'] ?? process.execPath
