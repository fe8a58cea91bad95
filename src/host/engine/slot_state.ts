/** The loaded members of a slot, ordered so that the next one is found at once. @module */
import type { SlotRow } from "../tables/slot_table.ts";
import type { Phase, SlotMember } from "../tables/state.ts";
import type { SlotView } from "./world.ts";

type Ordered = "holding" | "held" | "queued";

/** A slot in the cache: changed only by what a commit wrote. */
export class SlotState implements SlotView {
  row: SlotRow;
  private readonly members = new Map<string, SlotMember>();
  private readonly ordered: Record<Ordered, SlotMember[]> = { holding: [], held: [], queued: [] };

  constructor(row: SlotRow, members: Iterable<SlotMember>) {
    this.row = row;
    for (const member of members) this.put(member);
  }

  first(phase: Phase, except: (id: string) => boolean): SlotMember | undefined {
    return isOrdered(phase) ? this.ordered[phase].find(({ id }) => !except(id)) : undefined;
  }

  /** Ids of the members, `over` ones never among them. */
  get ids(): Iterable<string> {
    return this.members.keys();
  }

  put(member: SlotMember): void {
    const before = this.members.get(member.id);
    if (before && isOrdered(before.phase)) remove(this.ordered[before.phase], before);
    if (member.phase === "over") {
      this.members.delete(member.id);
      return;
    }
    this.members.set(member.id, member);
    if (isOrdered(member.phase)) insert(this.ordered[member.phase], member);
  }
}

/** Order of two members of one phase: held-back ones by when they were held, others by arrival. */
export function precedes(a: SlotMember, b: SlotMember): boolean {
  return rank(a) < rank(b);
}

function rank(member: SlotMember): number {
  return member.phase === "held" ? member.held : member.place;
}

function isOrdered(phase: Phase): phase is Ordered {
  return phase === "holding" || phase === "held" || phase === "queued";
}

function insert(list: SlotMember[], member: SlotMember): void {
  list.splice(position(list, member), 0, member);
}

function remove(list: SlotMember[], member: SlotMember): void {
  const index = position(list, member);
  if (list[index]?.id === member.id) list.splice(index, 1);
}

/** Index of the first entry that does not precede the member. */
function position(list: readonly SlotMember[], member: SlotMember): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (precedes(list[middle]!, member)) low = middle + 1;
    else high = middle;
  }
  return low;
}
