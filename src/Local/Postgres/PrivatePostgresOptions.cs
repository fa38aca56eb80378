namespace Vitrine.Local;

/// <summary>How to run a <see cref="PrivatePostgres"/>.</summary>
public sealed record PrivatePostgresOptions
{
    /// <summary>Folder for the cluster and its password. It is made when missing, and kept: the next start finds the same databases.</summary>
    public required string Folder { get; init; }

    /// <summary>Port on 127.0.0.1; null takes a free one. A restart keeps it.</summary>
    public int? Port { get; init; }

    /// <summary>False turns fsync off: several times faster, and a power cut may destroy it. For servers whose content a test throws away.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>
    /// A transaction that does nothing for this long is ended. One forgotten transaction would hold back Marten's
    /// high-water mark, and with it every asynchronous projection, for ever.
    /// </summary>
    public TimeSpan IdleTransactionLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Server log; default: postgres.log in the folder.</summary>
    public string? LogFile { get; init; }

    /// <summary>Receives sentences for the user, such as where the data went; default: nobody.</summary>
    public Action<string> Say { get; init; } = _ => { };
}
