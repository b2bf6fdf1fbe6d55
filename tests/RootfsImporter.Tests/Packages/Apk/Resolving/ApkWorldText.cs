using System.Globalization;
using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Packages.Apk.Resolving;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Packages.Apk.Resolving;

/// <summary>
/// Small repositories written as text, to be resolved. A package is one line: the name, the version, then fields separated
/// by semicolons, as an index has them: <c>D: so:libc.so.1 !b; p: cmd:a=1; i: a b; k: 10; A: noarch; t: 5</c>. <c>X:</c> is
/// why it cannot be installed.
/// </summary>
internal sealed class ApkWorldText
{
    private readonly List<ApkPackage> _packages = [];
    private PackageSelection _selection = new();
    private InstalledApks? _installed;

    public ApkWorldText(params string[] packages) => Add("main", null, packages);

    public ApkWorldText Repository(string name, params string[] packages) => Add(name, null, packages);

    public ApkWorldText Tagged(string tag, params string[] packages) => Add(tag, tag, packages);

    public ApkWorldText Include(params string[] terms) => Select(s => s with { Include = terms });

    public ApkWorldText Select(Func<PackageSelection, PackageSelection> change)
    {
        _selection = change(_selection);
        return this;
    }

    /// <summary>
    /// What is installed, and the world of that. A package is the same as one of an index by its <c>C:</c>.
    /// </summary>
    public ApkWorldText Installed(string world, params string[] packages)
    {
        InstalledApk[] apks =
        [
            .. packages.Select(line => new InstalledApk
            {
                Package = Read(line, InstalledApks.Origin),
                Replaces = [],
                ReplacesPriority = 0,
                Tag = null,
                Record = default,
                HasShortSha256 = false,
                Triggers = [],
                Scripts = [],
            }),
        ];
        _installed = new InstalledApks(path => path)
        {
            Directory = RootPath.Parse("lib/apk/db"),
            Apks = apks,
            Triggered = [],
            HasCompressedScripts = false,
            World = ApkDependency.ParseList(world),
            Packages =
            [
                .. apks.Select(apk => new InstalledPackage(
                    apk.Package.Name, apk.Package.Version.ToString(), apk.Package.Architecture)),
            ],
        };
        return this;
    }

    public Resolution Resolve() => ApkResolver.Resolve(_selection, Architecture.Parse("amd64"), _packages, _installed);

    /// <summary>The chosen packages, sorted: <c>a=1 b=2</c>.</summary>
    public string Solved() => string.Join(' ', Locked().Select(p => $"{p.Name}={p.Version}"));

    /// <summary>Why each chosen package is there: <c>a: included; b: needed by a</c>.</summary>
    public string Reasoned() => string.Join("; ", Locked().Select(p => $"{p.Name}: {p.Reason}"));

    public IReadOnlyList<LockedPackage> Locked() => Resolve() switch
    {
        Resolution.Solved solved => solved.Packages,
        Resolution.Unsatisfiable no => throw new Xunit.Sdk.XunitException(string.Join('\n', no.Reasons)),
        _ => throw new InvalidOperationException(),
    };

    public IReadOnlyList<string> Reasons() => Assert.IsType<Resolution.Unsatisfiable>(Resolve()).Reasons;

    private ApkWorldText Add(string name, string? tag, string[] packages)
    {
        Repository repository = new()
        {
            Pocket = new Pocket { Name = name, Suite = $"v0/{name}", Tag = tag },
            Components = [],
            Mirrors = [],
            CanonicalMirror = new Uri("http://canonical.example/"),
            Keys = [],
        };
        _packages.AddRange(packages.Select(p => Read(p, repository)));
        return this;
    }

    private static ApkPackage Read(string line, Repository repository)
    {
        string[] parts = line.Split(';', StringSplitOptions.TrimEntries);
        string[] head = parts[0].Split(' ');
        Dictionary<char, string> fields = parts.Skip(1).ToDictionary(p => p[0], p => p[2..].Trim());
        string Field(char key) => fields.GetValueOrDefault(key, "");
        return new ApkPackage
        {
            Name = head[0],
            Version = ApkVersion.Parse(head[1]),
            Architecture = fields.GetValueOrDefault('A', "x86_64"),
            Checksum = fields.GetValueOrDefault('C', $"Q1{line}{repository.Pocket.Name}"),
            Size = 1,
            BuildTime = long.Parse(fields.GetValueOrDefault('t', "0"), CultureInfo.InvariantCulture),
            Depends = ApkDependency.ParseList(Field('D')),
            Provides = ApkDependency.ParseList(Field('p')),
            InstallIf = ApkDependency.ParseList(Field('i')),
            ProviderPriority = int.Parse(fields.GetValueOrDefault('k', "0"), CultureInfo.InvariantCulture),
            Uninstallable = fields.GetValueOrDefault('X'),
            Repository = repository,
        };
    }
}
