# shellcheck shell=bash
# A private Docker Engine for tests: sourced, never run. Everything it writes is below one directory, it touches no
# network set-up of the host (no bridge, no firewall rules), and it is stopped by the process id that it was started as.

# start_engine DIRECTORY: exports DOCKER_HOST once the engine answers.
start_engine() {
    local directory=$1 attempt
    mkdir -p "$directory"
    echo "{}" > "$directory/daemon.json"
    export DOCKER_HOST=unix://$directory/docker.sock
    export DOCKER_CONFIG=$directory/config
    # shellcheck disable=SC2016  # the inner shell expands these
    as_root setsid sh -c 'echo $$ > "$1"; shift; exec "$@"' engine "$directory/pid.started" \
        dockerd --config-file "$directory/daemon.json" --data-root "$directory/data" --exec-root "$directory/exec" \
        --pidfile "$directory/pid" --host "$DOCKER_HOST" --group "$(id -g)" \
        --bridge=none --iptables=false --ip6tables=false --ip-forward=false \
        > "$directory/log" 2>&1 < /dev/null &
    disown
    for ((attempt = 0; attempt < 300; attempt++)); do
        if docker version > /dev/null 2>&1; then
            return 0
        fi
        sleep 0.1
    done
    echo "test: the Docker Engine did not start; the end of $directory/log:" >&2
    tail -n 5 "$directory/log" >&2
    return 1
}

# stop_engine DIRECTORY: stops what start_engine started, and unmounts what a killed engine may have left.
stop_engine() {
    local directory=$1 pid attempt mount
    pid=$(cat "$directory/pid.started" 2> /dev/null) || return 0
    as_root kill "$pid" 2> /dev/null || true
    for ((attempt = 0; attempt < 200; attempt++)); do
        # A zombie counts as gone: whoever has adopted it may reap it late.
        case $(cut -d' ' -f3 "/proc/$pid/stat" 2> /dev/null) in
            '' | Z) break ;;
        esac
        sleep 0.1
    done
    awk -v prefix="$directory/" 'index($2, prefix) == 1 {print $2}' /proc/mounts | sort -r | while read -r mount; do
        as_root umount -l "$mount" || true
    done
}
