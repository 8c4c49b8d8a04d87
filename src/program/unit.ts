// The systemd units of `selfheal run`: a socket unit that holds the ports over every restart, selfheal's own too, and a service unit that
// can't be left down. Text only; nothing newer than systemd 252. Pure.
import { type Address, addressKey } from './address.ts'

export interface UnitOptions {
  readonly name: string
  /** argv of the service: node and selfheal, by absolute paths, and its arguments. */
  readonly command: readonly string[]
  readonly folder: string
  /** Where links in the command lead to: it must be able to read that too. */
  readonly leadsTo?: readonly string[]
  readonly ports: readonly Address[]
  /** Of the account it runs as; undefined for a user's own manager. */
  readonly user: string | undefined
  /** For `systemctl --user`: it can't harden, so nothing of that is written. */
  readonly userManager: boolean
  /** PATH of the programs. */
  readonly path: string
  /** Longest time to stop everything, ms. */
  readonly stopMs: number
  readonly env?: Readonly<Record<string, string>>
}

const HEAD = '# Written by selfheal unit. Yours to change; selfheal unit --force writes it anew.'

export function serviceUnit(o: UnitOptions): string {
  const target = o.userManager ? 'default.target' : 'multi-user.target'
  const socket = o.ports.length > 0
  const lines = [
    HEAD,
    '[Unit]',
    `Description=${o.name}, kept running by selfheal`,
    ...(o.userManager ? [] : ['Wants=network-online.target', 'After=network-online.target']),
    '# selfheal leaves only when it is itself broken: then it comes back, however often.',
    'StartLimitIntervalSec=0',
    ...(socket ? [`Requires=${o.name}.socket`, `After=${o.name}.socket`] : []),
    '',
    '[Service]',
    'Type=notify',
    '# Node speaks to systemd through the systemd-notify program.',
    'NotifyAccess=all',
    `ExecStart=${o.command.map(word => quoted(word)).join(' ')}`,
    '# New lives for all programs, each ready before the old one leaves.',
    `ExecReload=${[...o.command.slice(0, 2), 'reload'].map(word => quoted(word)).join(' ')}`,
    `WorkingDirectory=${o.folder.replaceAll('%', '%%')}`,
    ...Object.entries({ PATH: o.path, ...o.env }).map(([name, value]) => `Environment=${quoted(`${name}=${value}`, false)}`),
    ...(o.user === undefined ? [] : [`User=${o.user}`]),
    ...(o.userManager ? [] : [`StateDirectory=selfheal-${o.name}`, 'StateDirectoryMode=0700']),
    'Restart=always',
    'RestartSec=100ms',
    '# A hung selfheal: pinged by its own loop. A stopped process ignores the usual SIGABRT.',
    'WatchdogSec=30',
    'WatchdogSignal=SIGKILL',
    '# A slow boot, and a long stop, ask for more time by themselves.',
    'TimeoutStartSec=90',
    `TimeoutStopSec=${Math.ceil(o.stopMs / 1_000)}`,
    '# SIGTERM to selfheal alone: it drains its programs, in order.',
    'KillMode=mixed',
    "# A program the kernel killed for memory is selfheal's to restart, not a reason to stop all.",
    'OOMPolicy=continue',
    ...(o.userManager ? [] : hardening(o)),
    '',
    '[Install]',
    `WantedBy=${target}`,
    ...(socket ? [`Also=${o.name}.socket`] : []),
  ]
  return `${lines.join('\n')}\n`
}

export function socketUnit(o: UnitOptions): string {
  const lines = [
    HEAD,
    '[Unit]',
    `Description=The ports of ${o.name}`,
    '',
    '[Socket]',
    ...o.ports.map(address => `ListenStream=${listenStream(address)}`),
    `FileDescriptorName=${o.name}`,
    'BindIPv6Only=both',
    'Backlog=4096',
    '# Who waits while the service restarts is answered by the next one, and no rate of them closes the socket.',
    'FlushPending=no',
    'TriggerLimitIntervalSec=0',
    ...(o.ports.some(address => address.kind === 'unix') ? ['SocketMode=0666'] : []),
    '',
    '[Install]',
    'WantedBy=sockets.target',
  ]
  return `${lines.join('\n')}\n`
}

/** What V8 survives. MemoryDenyWriteExecute is not among it: its compiler writes code. */
function hardening({ folder, command, path, leadsTo = [] }: UnitOptions): readonly string[] {
  const needed = [folder, ...command, ...path.split(':'), ...leadsTo]
  const home = needed.find(one => /^\/(home|root|run\/user)(\/|$)/.test(one))
  const tmp = needed.find(one => /^\/(var\/)?tmp(\/|$)/.test(one))
  return [
    '',
    '# Hardening, as far as V8 survives it (never MemoryDenyWriteExecute: its compiler writes code).',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    `ReadWritePaths=${quoted(folder, false)}`,
    ...(home === undefined
      ? ['ProtectHome=yes']
      : [`# It needs ${home}: with that in /srv, /opt or /usr, set this to yes.`, 'ProtectHome=read-only']),
    ...(tmp === undefined ? ['PrivateTmp=yes'] : [`# It needs ${tmp}: with that elsewhere, add PrivateTmp=yes.`]),
    'PrivateDevices=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectProc=invisible',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'RemoveIPC=yes',
    'KeyringMode=private',
    'UMask=0077',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged @resources',
    'SystemCallErrorNumber=EPERM',
    "# Ports under 1024 are the socket unit's to bind.",
    'CapabilityBoundingSet=',
    'AmbientCapabilities=',
  ]
}

/** `[::]:3000` of ours means both families, as systemd's bare number does. */
function listenStream(address: Address): string {
  if (address.kind === 'unix') return address.path.replaceAll('%', '%%')
  return address.host === '::' ? String(address.port) : addressKey(address)
}

/** One word as systemd reads it. `$` is a variable only in commands. */
function quoted(word: string, command = true): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  const safe = command ? escaped.replaceAll('$', '$$$$') : escaped
  return /^[\w@%+=:,./$[\]-]+$/.test(safe) ? safe : `"${safe}"`
}
