// Who takes the payments: two providers by their official SDKs, the first while it is well. Where their addresses are set (the simulators
// of this example), the SDKs are pointed at them. Env: STRIPE_KEY, STRIPE_PORT, BRAINTREE_MERCHANT, BRAINTREE_PUBLIC, BRAINTREE_PRIVATE, BRAINTREE_PORT.
import braintreeSdk from 'braintree'
import { fault } from 'selfheal'
import {
  type BraintreeGateway,
  braintree,
  type Paid,
  type Payment,
  type Provider,
  type StripeClient,
  stripe,
} from 'selfheal/failover'
import Stripe from 'stripe'

/** Undefined: no provider is configured here. */
export function providers(env: NodeJS.ProcessEnv): readonly Provider<Payment, Paid>[] | undefined {
  const { STRIPE_KEY: key, STRIPE_PORT: port, BRAINTREE_PORT: otherPort } = env
  if (key === undefined || env.BRAINTREE_MERCHANT === undefined) return undefined
  const here = port === undefined ? {} : { host: '127.0.0.1', port, protocol: 'http' as const }
  const client = new Stripe(key, { ...here, telemetry: false })
  const gateway = new braintreeSdk.BraintreeGateway({
    environment: otherPort === undefined ? braintreeSdk.Environment.Production : simulatedAt(otherPort),
    merchantId: env.BRAINTREE_MERCHANT,
    publicKey: env.BRAINTREE_PUBLIC ?? '',
    privateKey: env.BRAINTREE_PRIVATE ?? '',
  })
  return [broken(stripe(client as unknown as StripeClient)), braintree(gateway as unknown as BraintreeGateway)]
}

/** Its calls can be made to fail inside the app, in a drill. Off until then, and refused in production. */
function broken(provider: Provider<Payment, Paid>): Provider<Payment, Paid> {
  const trouble = fault({ name: 'stripe-calls' })
  return { ...provider, call: (operation, params, call) => trouble.run(() => provider.call(operation, params, call)) }
}

type Environment = typeof braintreeSdk.Environment.Production

function simulatedAt(port: string): Environment {
  const Environment = braintreeSdk.Environment as unknown as new (
    server: string,
    port: string,
    auth: string,
    ssl: boolean,
  ) => Environment
  return new Environment('127.0.0.1', port, 'http://127.0.0.1', false)
}
