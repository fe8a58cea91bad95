/** Git credentials of a project: checked, and split into what may be shown and what may not. @module */
import type { z } from "zod";
import { decodeBase64 } from "../../spec/base64.ts";
import type { gitCredentialsInput } from "../../spec/models.ts";
import type { Upstream } from "../tables/project_table.ts";

export type GitCredentials = z.infer<typeof gitCredentialsInput>;

const SCHEMES = ["http://", "https://", "ssh://"];

/** What is wrong with the credentials, in Keptn's words, or undefined (Keptn: http-api.md 2.2.4). */
export function credentialsProblem({ remoteURL, https, ssh }: GitCredentials): string | undefined {
  if (remoteURL !== "" && !SCHEMES.some((scheme) => remoteURL.startsWith(scheme))) {
    return `provided gitRemoteURL is not valid: ${remoteURL} does not begin with ${SCHEMES.join(", ")}`;
  }
  if (https && ssh) return "SSH and HTTPS authorization cannot be used together: keep one of them";
  if (ssh && decodeBase64(ssh.privateKey) === undefined) {
    return "could not decode privateKey content: gitCredentials.ssh.privateKey is not base64";
  }
  if (https?.certificate && decodeBase64(https.certificate) === undefined) {
    return "could not decode PEM Certificate content: gitCredentials.https.certificate is not base64";
  }
  return undefined;
}

/** What the project view shows of them (Keptn: http-api.md 2.2.2). */
export function upstreamOf({ remoteURL, user, https }: GitCredentials): Upstream {
  const proxy = https?.proxy;
  return {
    remoteURL,
    ...(user === undefined ? {} : { user }),
    ...(https
      ? {
          https: {
            insecureSkipTLS: https.insecureSkipTLS ?? false,
            ...(proxy
              ? {
                  proxy: {
                    url: proxy.url,
                    scheme: proxy.scheme ?? "",
                    ...(proxy.user === undefined ? {} : { user: proxy.user }),
                  },
                }
              : {}),
          },
        }
      : {}),
  };
}

/** The secret that keeps them whole, in Keptn's own name and form (Keptn: ux.md 5.2). */
export function secretOf(project: string): { name: string; scope: string } {
  return { name: `git-credentials-${project}`, scope: "keptn-git" };
}

export function secretData(credentials: GitCredentials): { [key: string]: string } {
  return { "git-credentials": JSON.stringify(credentials) };
}
