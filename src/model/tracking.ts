const MATCHES =
  'conntrack state connmark connlabel connbytes connlimit helper cluster CONNMARK DNAT SNAT MASQUERADE REDIRECT NETMAP SYNPROXY CONNSECMARK CLUSTERIP BALANCE CT'.split(
    ' ',
  );

/** Extensions of iptables that make conntrack active in a namespace (nf_ct_netns_get); `CT --notrack` does not. */
export const TRACKING_EXTENSIONS: ReadonlySet<string> = new Set(MATCHES);
