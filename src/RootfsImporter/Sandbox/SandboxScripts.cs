namespace RootfsImporter.Sandbox;

/// <summary>The two shell scripts that make a sandbox out of the host's programs.</summary>
internal static class SandboxScripts
{
    /// <summary>
    /// Runs outside of the namespaces and becomes the program that makes them; its first argument is the number of the
    /// descriptor of its parent on which the commands come, which is opened here, for a program started by .NET has no
    /// descriptors but three. When the parent is killed, the end of standard input is all that anybody notices: the
    /// child that waits for it then kills the program (whose other child, the first process inside, is set to die with
    /// it). It makes sure that the process id is still that of its parent.
    /// </summary>
    public const string Guard = """
        read -r _ _ _ parent _ < /proc/self/stat
        exec 3<&0 4<"/proc/$parent/fd/$1" </dev/null
        shift
        {
            exec 4<&-
            read -r _ <&3
            read -r _ _ _ parent _ < /proc/self/stat
            if [ "$parent" = $$ ]; then
                kill -KILL $$
            fi
        } >/dev/null 2>&1 &
        exec 3<&-
        exec "$@"
        """;

    /// <summary>
    /// Runs as the first process of the new namespaces. Everything that it mounts vanishes with them. /dev is a tmpfs
    /// with the host's harmless nodes bound in, because a user namespace may not make nodes. A root that is still being
    /// filled may have no /sys yet. The host name is fixed so that none of the host's gets into a file. The caller's
    /// umask must not show in modes. The first process itself stays outside the root: ischroot(1) looks at that, and
    /// where it finds no chroot, libc6's script waits a second for an init to restart itself.
    ///
    /// Then it reads commands, a line each: a word that nobody can guess, and what to evaluate. The end of each is told
    /// by that word and the exit code on standard output, after all that the command printed. What a command left
    /// running is killed before that: it would print into the output of the next, and write into a root that the host
    /// works on. kill fails when there is nothing more to kill; the empty subshell is there to be waited for, as a shell
    /// buries other children then too. Killing everything is safe for the first process of a process namespace only.
    ///
    /// start-stop-daemon is covered by a program that does nothing, so that no service starts (policy-rc.d does the
    /// same for those that ask first); only while a command runs, as packages come and go between two of them.
    /// </summary>
    public const string SetUp = """
        set -e
        umask 022
        root=$1
        network=$2
        newline='
        '
        [ $$ = 1 ]
        chroot=$(command -v chroot)
        mount --make-rprivate /
        mount -t tmpfs -o mode=0755,size=4m tmpfs "$root/dev"
        for node in null zero full random urandom tty; do
            : > "$root/dev/$node"
            mount --bind "/dev/$node" "$root/dev/$node"
        done
        ln -s /proc/self/fd "$root/dev/fd"
        ln -s fd/0 "$root/dev/stdin"
        ln -s fd/1 "$root/dev/stdout"
        ln -s fd/2 "$root/dev/stderr"
        mkdir "$root/dev/pts" "$root/dev/shm"
        chmod 1777 "$root/dev/shm"
        if mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts" 2>/dev/null; then
            ln -s pts/ptmx "$root/dev/ptmx"
        fi
        mount -t proc proc "$root/proc"
        if [ -d "$root/sys" ]; then
            mount -t sysfs -o ro sysfs "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
        fi
        printf '#!/bin/sh\nexit 0\n' > "$root/dev/.nothing"
        chmod 755 "$root/dev/.nothing"
        if [ "$network" = yes ]; then
            : > "$root/dev/.resolv.conf"
            cat /etc/resolv.conf > "$root/dev/.resolv.conf" 2>/dev/null || true
            if [ -f "$root/etc/resolv.conf" ] && [ ! -L "$root/etc/resolv.conf" ]; then
                mount --bind "$root/dev/.resolv.conf" "$root/etc/resolv.conf"
            fi
        fi
        ip link set lo up 2>/dev/null || true
        echo localhost > /proc/sys/kernel/hostname 2>/dev/null || hostname localhost 2>/dev/null || true
        cd "$root"
        while read -r token command <&4; do
            covered=
            for directory in sbin usr/sbin; do
                program=$root/$directory/start-stop-daemon
                if [ -f "$program" ] && [ ! -L "$program" ] \
                    && { [ ! -L "$root/$directory" ] || [ "$directory" = usr/sbin ]; }; then
                    mount --bind "$root/dev/.nothing" "$program"
                    covered="$covered $directory"
                fi
            done
            code=0
            eval "$command" </dev/null 2>&1 4<&- || code=$?
            while kill -KILL -1; do (:); done 2>/dev/null
            for directory in $covered; do
                umount "$root/$directory/start-stop-daemon" 2>/dev/null || true
            done
            echo "$token $code"
        done
        """;
}
