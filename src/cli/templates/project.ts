/** The files that `init` writes: commented, valid, and ready for `apply`. @module */

export interface Names {
  readonly project: string;
  readonly service: string;
}

/** Path in the folder → content. */
export function projectFiles({ project, service }: Names): { readonly [path: string]: string } {
  return {
    "shipyard.yaml": shipyard(project),
    "prometheus/config.yaml": PROMETHEUS,
    [`services/${service}/slo.yaml`]: SLO,
    [`services/${service}/prometheus/sli.yaml`]: SLI,
  };
}

function shipyard(project: string): string {
  return `# How a version goes from commit to production. After a change: periplus apply
apiVersion: spec.keptn.sh/0.2.3
kind: Shipyard
metadata:
  name: shipyard-${project}
spec:
  stages:
    - name: dev
      sequences:
        # periplus trigger delivery --project=${project} --service=… --image=… --wait
        - name: delivery
          tasks:
            # The plugin deploy writes the image into the service's values and commits it;
            # whatever follows that repository rolls it out. To do it yourself, answer the task
            # with a program of your own: periplus plane --run deployment=./deploy.sh
            - name: deployment
              properties:
                deploymentstrategy: gitops
            - name: release
    - name: staging
      sequences:
        - name: delivery
          # Follows when dev ended with pass or warning.
          triggeredOn:
            - event: dev.delivery.finished
          tasks:
            - name: deployment
              properties:
                deploymentstrategy: gitops
            # Waits for a person; \`automatic\` would not.
            - name: approval
              properties:
                pass: manual
                warning: manual
            - name: release
        # The quality gate: the values of sli.yaml judged by slo.yaml. To let it decide over a
        # delivery, put the task \`evaluation\` into it. Every stage also has it on its own:
        # periplus trigger evaluation --project=${project} --stage=staging --service=…
        - name: evaluation
          tasks:
            - name: evaluation
        # Answers a delivery that failed here.
        - name: rollback
          triggeredOn:
            - event: staging.delivery.finished
              selector:
                match:
                  result: fail
          tasks:
            - name: rollback
`;
}

const PROMETHEUS = `# Where SLI values are measured. It is asked only after
# periplus plugin allow prometheus --http http://127.0.0.1:9090
server: http://127.0.0.1:9090
`;

const SLO = `# What "good enough" means.
spec_version: "1.0"
comparison:
  # Criteria such as <=+10% compare with the last evaluation that passed.
  compare_with: single_result
  include_result_with_score: pass
objectives:
  - sli: response_time_p95
    displayName: Response time p95 (ms)
    # When a key SLI fails, everything fails.
    key_sli: true
    pass:
      # Both must hold; a second list of criteria would be an alternative.
      - criteria: ["<=+10%", "<600"]
    warning:
      - criteria: ["<=800"]
  - sli: error_rate
    displayName: Error rate (%)
    weight: 2
    pass:
      - criteria: ["<=5"]
  # Without criteria: measured and shown, never judged.
  - sli: throughput
    displayName: Throughput (requests/s)
total_score:
  pass: "90%"
  warning: "75%"
`;

const SLI = `# How each indicator is measured: one PromQL query per name. $PROJECT, $STAGE, $SERVICE,
# $DURATION_SECONDS and labels as $LABEL.name are filled in.
spec_version: "1.0"
indicators:
  response_time_p95: histogram_quantile(0.95, sum(rate(http_server_request_duration_seconds_bucket{job="$SERVICE-$PROJECT-$STAGE"}[$DURATION_SECONDS])) by (le)) * 1000
  error_rate: sum(rate(http_requests_total{job="$SERVICE-$PROJECT-$STAGE",status!~"2.."}[$DURATION_SECONDS])) / sum(rate(http_requests_total{job="$SERVICE-$PROJECT-$STAGE"}[$DURATION_SECONDS])) * 100
  throughput: sum(rate(http_requests_total{job="$SERVICE-$PROJECT-$STAGE"}[$DURATION_SECONDS]))
`;
