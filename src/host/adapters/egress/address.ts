/** Which network addresses a guest may reach; the only importer of ipaddr.js. @module */
import ipaddr from "ipaddr.js";

/** Why an address is refused, or undefined when it may be reached. */
export function refusal(
  address: string,
  place: string,
  permitted: { readonly privately: readonly string[]; readonly only?: boolean | undefined },
): string | undefined {
  const ip = ipaddr.process(address);
  const range = ip.range();
  if (!PUBLIC.has(range) && !PRIVATE.has(range)) return `${address} is a ${range} address`;
  if (isMetadata(ip)) return `${address} serves machine metadata`;
  const named = permitted.privately.some((one) => one === place || holds(one, ip));
  if (named || (PUBLIC.has(range) && !permitted.only)) return undefined;
  if (permitted.only) return `${address} is outside the granted ranges`;
  return `${address} is a ${range} address: grant ${place} or its CIDR to reach it`;
}

const PUBLIC: ReadonlySet<string> = new Set(["unicast"]);
const PRIVATE: ReadonlySet<string> = new Set([
  "private",
  "loopback",
  "uniqueLocal",
  "carrierGradeNat",
]);
const METADATA = ["fd00:ec2::254/128", "100.100.100.200/32"];

type Address = ReturnType<typeof ipaddr.process>;

function isMetadata(ip: Address): boolean {
  return METADATA.some((range) => holds(range, ip));
}

function holds(cidr: string, ip: Address): boolean {
  if (!ipaddr.isValidCIDR(cidr)) return false;
  const range = ipaddr.parseCIDR(cidr);
  return range[0].kind() === ip.kind() && ip.match(range);
}
