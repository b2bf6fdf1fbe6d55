using System.Diagnostics;
using Mono.Unix.Native;
using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>Ctrl-C and its like in the middle of a build: soon over, and nothing stays behind.</summary>
public sealed class InterruptTests(TinyArchive archive)
{
    private const int Cancelled = 130;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public enum Place
    {
        Memory,
        Disk,
    }

    [Theory]
    [InlineData(Signum.SIGINT, Place.Memory)]
    [InlineData(Signum.SIGINT, Place.Disk)]
    [InlineData(Signum.SIGTERM, Place.Memory)]
    public async Task Signal_while_packages_are_configured(Signum signal, Place place)
    {
        using Interrupted build = await Interrupted.InPostinstAsync(archive, place);
        build.Signal(signal);
        await build.EndsAsync(Cancelled);
        build.Run().IsCancelled();
        await build.LeavesNothingAsync();
        await build.Workshop.IsWholeAsync();
    }

    [Theory]
    [InlineData(Signum.SIGINT, Place.Memory)]
    [InlineData(Signum.SIGTERM, Place.Disk)]
    public async Task Signal_while_a_command_runs_on_top_of_a_base(Signum signal, Place place)
    {
        using Interrupted build = await Interrupted.InCommandAsync(archive, place);
        build.Signal(signal);
        await build.EndsAsync(Cancelled);
        build.Run().IsCancelled();
        await build.LeavesNothingAsync();
        await build.Workshop.IsWholeAsync();
    }

    /// <summary>A terminal sends the signal to all of the program's children as well: scripts die before they are killed.</summary>
    [Fact]
    public async Task Signal_to_the_whole_process_group()
    {
        using Interrupted build = await Interrupted.InPostinstAsync(archive, Place.Memory);
        build.SignalGroup(Signum.SIGINT);
        await build.EndsAsync(Cancelled);
        build.Run().IsCancelled();
        await build.LeavesNothingAsync();
        await build.Workshop.IsWholeAsync();
    }

    [Theory]
    [InlineData(Place.Memory)]
    [InlineData(Place.Disk)]
    public async Task Kill_leaves_no_mount_and_no_process(Place place)
    {
        using Interrupted build = await Interrupted.InPostinstAsync(archive, place);
        build.Signal(Signum.SIGKILL);
        await build.EndsAsync(128 + (int)Signum.SIGKILL);
        await Leftovers.VanishAsync(build.Workshop.Root.FullPath, Patience);
        Assert.Empty(Leftovers.Processes(build.Sleeper));

        build.Workshop.HasEarlierImage();

        // What it could not remove is removed by the next build that uses the same directory.
        Assert.Single(Directory.GetDirectories(build.WorkDirectory));
        using TinySite good = await archive.SiteAsync();
        ToolRun next = await build.Workshop.BuildAsync(good, "again", ["--no-reuse", .. build.Options]);
        Assert.Equal(archive.GoodDigest, next.Digest());
        Assert.Empty(Directory.GetFileSystemEntries(build.WorkDirectory));
        build.Workshop.IsTidy();
    }

    [Fact]
    public async Task Signal_while_a_package_is_downloaded_and_the_next_build_resumes()
    {
        DebBuilder large = TinySystem.Package("large").File("usr/share/large", new string('x', 300_000));
        using Interrupted build = await Interrupted.StartAsync(archive, Place.Memory, site =>
        {
            site.Packages.Add(large);
            site.Serve = server => server.Fail(large.PoolPath, new ServerFault.StallAfter(200_000));
        });
        string partial = Path.Combine(build.Workshop.Cache, "partial", Digest.Of(large.Build()).Hex + ".part");
        await build.ReachesAsync(() => File.Exists(partial) && new FileInfo(partial).Length == 200_000);
        build.Signal(Signum.SIGINT);
        await build.EndsAsync(Cancelled);
        build.Run().IsCancelled();
        await Leftovers.VanishAsync(build.Workshop.Root.FullPath, TimeSpan.FromSeconds(2));
        build.Workshop.IsTidy(mayResume: true);
        build.Workshop.HasEarlierImage();

        build.Site.Serve = _ => { };
        (await build.Workshop.BuildAsync(build.Site, "large")).Digest();
        Assert.Equal(
            [null, 200_000L], build.Site.Server.Requests.Where(r => r.Path == large.PoolPath).Select(r => r.RangeStart));
        build.Workshop.IsTidy();
    }

    /// <summary>A build that was started to be interrupted.</summary>
    private sealed class Interrupted : IDisposable
    {
        // Something that is always about to make a file where the program wants to clear up; it ends with its parent.
        private const string Writer =
            "i=0; while kill -0 $$; do i=$(((i + 1) % 100)); echo > /var/lib/$i; rm -f /var/lib/$i; done";

        private readonly Process _process;
        private readonly Task<string> _output;
        private readonly Task<string> _errorOutput;

        private Interrupted(Workshop workshop, TinySite site, Place place, string seconds, string[] arguments)
        {
            Workshop = workshop;
            Site = site;
            Sleeper = $"sleep\0{seconds}\0";
            WorkDirectory = place == Place.Memory ? workshop.Temporary : workshop.Root["work"];
            Options = place == Place.Memory ? [] : ["--work-dir", WorkDirectory];

            // A process group of its own, as a shell gives to what it starts.
            ProcessStartInfo start = new(
                Host.Find("setsid")!, [Host.Tool, .. arguments, .. Options])
            {
                WorkingDirectory = workshop.Root.FullPath,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment.Clear();
            foreach ((string name, string value) in workshop.Environment())
            {
                start.Environment[name] = value;
            }

            _process = Process.Start(start)!;
            _output = _process.StandardOutput.ReadToEndAsync();
            _errorOutput = _process.StandardError.ReadToEndAsync();
        }

        public Workshop Workshop { get; }

        public TinySite Site { get; }

        /// <summary>The command line of the process that the build waits for.</summary>
        public string Sleeper { get; }

        public string WorkDirectory { get; }

        public string[] Options { get; }

        /// <summary>A build in the middle of a postinst that sleeps for a minute.</summary>
        public static Task<Interrupted> InPostinstAsync(TinyArchive archive, Place place) => AsleepAsync(
            archive, place,
            (site, seconds) => site.Packages.Add(
                TinySystem.Package("sleepy").Script("postinst", $"{Writer} &\nsleep {seconds}")));

        /// <summary>A build on top of another one in the middle of a command that sleeps for a minute.</summary>
        public static Task<Interrupted> InCommandAsync(TinyArchive archive, Place place) => AsleepAsync(
            archive, place,
            (site, seconds) => site.OnTop =
                "base: ./tiny.yaml\nfiles: [{source: tiny.yaml, target: /srv/a}]\n"
                    + $"run:\n  - |\n    ({Writer}) &\n    sleep {seconds}\n");

        private static async Task<Interrupted> AsleepAsync(TinyArchive archive, Place place, Action<TinySite, string> change)
        {
            string seconds = Leftovers.UniqueSeconds();
            Interrupted build = await StartAsync(archive, place, site => change(site, seconds), seconds);
            try
            {
                await build.ReachesAsync(() => Leftovers.Processes(build.Sleeper).Count > 0);
                Assert.NotEmpty(Leftovers.Of(build.WorkDirectory));
                return build;
            }
            catch
            {
                build.Dispose();
                throw;
            }
        }

        public static async Task<Interrupted> StartAsync(
            TinyArchive archive, Place place, Action<TinySite> change, string seconds = "")
        {
            Workshop workshop = await archive.WorkshopAsync();
            TinySite site = await archive.SiteAsync();
            change(site);
            return new Interrupted(workshop, site, place, seconds, await workshop.ArgumentsAsync(site, "bad"));
        }

        public async Task ReachesAsync(Func<bool> state)
        {
            Stopwatch watch = Stopwatch.StartNew();
            while (!state())
            {
                Assert.False(_process.HasExited, $"it ended too early: {(_process.HasExited ? Run().ErrorOutput : "")}");
                Assert.True(watch.Elapsed < 2 * Patience, "the build did not come to the point");
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }

        public void Signal(Signum signal) => Assert.Equal(0, Syscall.kill(_process.Id, signal));

        public void SignalGroup(Signum signal) => Assert.Equal(0, Syscall.kill(-_process.Id, signal));

        public async Task EndsAsync(int exitCode)
        {
            using CancellationTokenSource patience = new(Patience);
            await _process.WaitForExitAsync(patience.Token);
            Assert.True(exitCode == _process.ExitCode, $"exit code {_process.ExitCode}\n{await _errorOutput}");
        }

        /// <summary>What it printed; only when it has ended.</summary>
        public ToolRun Run() => new(_process.ExitCode, _output.Result, _errorOutput.Result);

        public async Task LeavesNothingAsync()
        {
            // The kernel takes down the processes of a namespace on its own time.
            await Leftovers.VanishAsync(Workshop.Root.FullPath, TimeSpan.FromSeconds(2));
            Assert.Empty(Leftovers.Processes(Sleeper));
            Workshop.IsTidy();
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
            Site.Dispose();
            Workshop.Dispose();
        }
    }
}
