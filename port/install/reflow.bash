# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# bash completion of reflow's commands, options, and what is known of their values.

_reflow_options()
{
    local connection='--api-key --org --sandbox --token-file --url --ca --pin --proxy --timeout --attempts --json
        -v --verbose --help'

    case $1 in
    retry)
        echo "--journal --failed --flow --since --limit --dry-run --rounds --repeat-unknown --repeat-refused
            --jobs --shard --wait --wait-timeout --poll --op -q --quiet $connection"
        ;;
    runs) echo "--flow --status --since --limit -q --quiet $connection" ;;
    show | doctor) echo "$connection" ;;
    wait) echo "--wait-timeout --poll -q --quiet $connection" ;;
    settle) echo "--journal --as --since $connection" ;;
    journal) echo '--json --help' ;;
    token)
        echo '--token-file --client-id --secret-file --scope --ims-url --ca --pin --proxy --timeout --attempts --verbose
            --help'
        ;;
    *) echo '--help --version' ;;
    esac
}

_reflow()
{
    local commands='retry runs show wait settle journal token doctor' command='' word=$2 before=$3 each words

    # In --option=value "=" is a word of its own.
    if [[ $word == = ]]; then
        word=''
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ " $commands " == *" $each "* ]] && command=$each && break
    done

    case $before in
    --journal | --token-file | --secret-file | --ca | journal)
        [[ $word == -* ]] || { compopt -o default 2>/dev/null && COMPREPLY=() && return; }
        ;;
    --status) words='success failed scheduled inProgress partialSuccess' ;;
    --as) words='retriggered= not-applied' ;;
    --since) words='1h 24h 7d' ;;
    --api-key | --org | --sandbox | --url | --pin | --proxy | --timeout | --attempts | --flow | --limit | --rounds | --jobs | \
        --shard | --wait-timeout | --poll | --op | --client-id | --scope | --ims-url)
        return
        ;;
    esac
    if [[ -z ${words:-} ]]; then
        words=$(_reflow_options "$command")
        [[ -n $command || $word == -* ]] || words=$commands
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _reflow reflow
