import { normalPattern } from '../pattern/normal-form.js';
import { PatternTable } from '../pattern/table.js';
import type { PolicyDescription } from './describe.js';
import type { PolicyLayer } from './layers.js';
import { PolicyList } from './list.js';
import type { StepMaker, StepScope } from './maker.js';
import type { ClientPolicies } from './options.js';
import type { ClientStep } from './step.js';

/** How many patterns of a service have their list remembered; more are looked up anew. */
const MAX_KNOWN = 1_000;

/** What the steps of a client are made with. */
export interface StepMakers extends Omit<StepScope, 'service' | 'layers'> {
  /** In the order of the steps. */
  readonly order: readonly StepMaker[];
}

/** What a client, and the module around it, set. */
export interface DeclaredPolicies extends ClientPolicies {
  readonly module?: ClientPolicies | undefined;
  /** What some patterns set; wildcards are allowed, the first that matches counts. */
  readonly patterns?: Readonly<Record<string, ClientPolicies>> | undefined;
}

interface Declarations {
  readonly makers: StepMakers;
  /** The outermost first, patterns aside. */
  readonly layers: readonly PolicyLayer[];
  readonly patterns: Readonly<Record<string, ClientPolicies>>;
}

/** The lists of the calls to one service: its own, and those of the patterns that set something of their own. */
class ServiceLists {
  readonly #declarations: Declarations;
  readonly #service: string;
  /** Of patterns that set nothing of their own. */
  readonly own: PolicyList;
  /** The steps of the service, which patterns share. */
  readonly #steps = new Map<StepMaker, readonly ClientStep[]>();
  readonly #patterns = new PatternTable<PolicyList>();
  readonly #known = new Map<string, PolicyList>();

  constructor(declarations: Declarations, service: string) {
    this.#declarations = declarations;
    this.#service = service;
    for (const maker of declarations.makers.order)
      this.#steps.set(maker, this.#make(maker, declarations.layers));
    this.own = new PolicyList([...this.#steps.values()].flat());
    for (const [pattern, policies] of Object.entries(declarations.patterns)) {
      this.#patterns.add(normalPattern(pattern), this.#ofPattern(policies));
    }
  }

  of(pattern: string): PolicyList {
    const known = this.#known.get(pattern);
    if (known) return known;
    const list = this.#patterns.match(pattern)[0] ?? this.own;
    if (this.#known.size < MAX_KNOWN) this.#known.set(pattern, list);
    return list;
  }

  #ofPattern(policies: ClientPolicies): PolicyList {
    const layers: PolicyLayer[] = [...this.#declarations.layers, { from: 'pattern', policies }];
    const steps = [...this.#steps].flatMap(([maker, shared]) =>
      maker.keys.some((key) => policies[key] !== undefined) ? this.#make(maker, layers) : shared,
    );
    return new PolicyList(steps);
  }

  #make(maker: StepMaker, layers: readonly PolicyLayer[]): readonly ClientStep[] {
    const made = maker.make({ ...this.#declarations.makers, service: this.#service, layers });
    return made === undefined ? [] : [made].flat();
  }
}

/** The policy lists of a client, compiled when first used. */
export class PolicyLists {
  readonly #declarations: Declarations;
  readonly #services = new Map<string, ServiceLists>();
  readonly #plain: boolean;
  /** The service that was called last: most clients call one. */
  #last: { readonly service: string; readonly lists: ServiceLists } | undefined;

  /** @throws ConfigurationError for options that cannot work */
  constructor(makers: StepMakers, { module, patterns = {}, ...client }: DeclaredPolicies) {
    const layers: PolicyLayer[] = module ? [{ from: 'module', policies: module }] : [];
    layers.push({ from: 'client', policies: client });
    this.#declarations = { makers, layers, patterns };
    this.#plain = Object.keys(patterns).length === 0;
  }

  of(service: string, pattern: string): PolicyList {
    const lists = this.#lists(service);
    return this.#plain ? lists.own : lists.of(pattern);
  }

  describe(service: string, pattern: string): PolicyDescription[] {
    return this.of(service, pattern).describe();
  }

  #lists(service: string): ServiceLists {
    if (this.#last?.service === service) return this.#last.lists;
    let lists = this.#services.get(service);
    if (!lists) this.#services.set(service, (lists = new ServiceLists(this.#declarations, service)));
    this.#last = { service, lists };
    return lists;
  }
}
