namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>When a name is decided.</summary>
internal enum ApkUrgency
{
    /// <summary>At once: there is one option, and all that might need it is decided.</summary>
    Now,

    /// <summary>Then: a provider may be taken by itself.</summary>
    WithDefault,

    /// <summary>Last, when something else may have brought a provider: virtual names without a default.</summary>
    Last,
}

/// <summary>The names that wait for a decision, in the order in which they are decided.</summary>
internal sealed class ApkAgenda
{
    private static readonly Comparer<uint> HighestFirst = Comparer<uint>.Create((a, b) => b.CompareTo(a));

    private readonly Queue<ApkName> _now = [];
    private readonly PriorityQueue<ApkName, uint> _withDefault = new(HighestFirst);
    private readonly PriorityQueue<ApkName, uint> _last = new(HighestFirst);

    /// <summary>Adds a name that is wanted, or moves it when it has become more or less urgent.</summary>
    /// <param name="name">The name.</param>
    /// <param name="mayMove">Whether it may move between the queues that are not for now.</param>
    public void Add(ApkName name, bool mayMove)
    {
        bool isWanted = name.IsNeeded || name.IsTriggered || name.IsAskedFor;
        if (name.IsLocked || name.Urgency == ApkUrgency.Now || (name.Urgency is null && !isWanted))
        {
            return;
        }

        ApkUrgency urgency = !name.HasDefault ? ApkUrgency.Last
            : name is { IsUndisputed: true, IsNeeded: true, HasOptions: false } ? ApkUrgency.Now
            : ApkUrgency.WithDefault;
        if (name.Urgency is not null && (urgency == name.Urgency || (urgency != ApkUrgency.Now && !mayMove)))
        {
            return;
        }

        name.Urgency = urgency;
        if (urgency == ApkUrgency.Now)
        {
            _now.Enqueue(name);
        }
        else
        {
            (urgency == ApkUrgency.WithDefault ? _withDefault : _last).Enqueue(name, name.Order);
        }
    }

    /// <summary>The name to decide next, or null. Names that moved on or were locked are passed over.</summary>
    public ApkName? Next()
    {
        while (_now.TryDequeue(out ApkName? name))
        {
            if (!name.IsLocked)
            {
                return name;
            }
        }

        return Next(_withDefault, ApkUrgency.WithDefault) ?? Next(_last, ApkUrgency.Last);
    }

    private static ApkName? Next(PriorityQueue<ApkName, uint> queue, ApkUrgency urgency)
    {
        while (queue.TryDequeue(out ApkName? name, out _))
        {
            if (!name.IsLocked && name.Urgency == urgency)
            {
                return name;
            }
        }

        return null;
    }
}
