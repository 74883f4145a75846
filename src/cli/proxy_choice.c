/* SPDX-License-Identifier: MIT */
/* proxy_choice: curl's variables, in curl's order. */
#include "proxy_choice.h"

#include <stdlib.h>

#include "console.h"

static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};

/* The first of these variables that is set; an empty one is not. */
static const char *first_set(const char *const *names)
{
    const char *value = NULL;
    size_t i;

    for (i = 0; names[i] != NULL && (value == NULL || value[0] == '\0'); i++) {
        value = getenv(names[i]);
    }
    return value != NULL && value[0] != '\0' ? value : NULL;
}

void proxy_from_environment(struct options *options)
{
    options->proxy = first_set(proxies);
    options->no_proxy = first_set(exceptions);
}

const char *proxy_origin(const struct options *options)
{
    size_t i;

    /* The same pointer, not the same text: the option may repeat what a variable says. */
    for (i = 0; proxies[i] != NULL; i++) {
        if (getenv(proxies[i]) == options->proxy) {
            return proxies[i];
        }
    }
    return "--proxy";
}

/* Not with the value: there may be a password in it. */
int proxy_use(struct reflow_client *client, struct reflow_proxy *storage,
              const struct options *options)
{
    if (options->proxy == NULL || options->proxy[0] == '\0' ||
        reflow_use_proxy(client, storage, options->proxy, options->no_proxy) == REFLOW_OK) {
        return EXIT_DONE;
    }
    console_error((const char *[]){proxy_origin(options),
                                   ": must be http://[USER:PASSWORD@]HOST[:PORT], with % before "
                                   "two hexadecimal digits for what is special",
                                   NULL});
    return EXIT_USAGE;
}
