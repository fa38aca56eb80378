namespace Vitrine.Local;

/// <summary>How to run a <see cref="LocalPlatform"/>.</summary>
public sealed record LocalPlatformOptions
{
    /// <summary>The repository, for the built programs, <c>models/</c> and <c>policies/</c>.</summary>
    public required Repository Repository { get; init; }

    /// <summary>Folder for everything that is kept; default: <c>.local</c> in the repository.</summary>
    public string? Folder { get; init; }

    /// <summary>Port of the gateway on 127.0.0.1; null keeps the remembered one or takes a free one.</summary>
    public int? Port { get; init; }

    /// <summary>Connection string of a database to use instead of a private server; default: VITRINE_DATABASE.</summary>
    public string? Database { get; init; } = Environment.GetEnvironmentVariable("VITRINE_DATABASE") is { Length: > 0 } set ? set : null;

    /// <summary>False for a private server whose content a test throws away.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Devices the silo offers: "cpu", "cuda:0", comma-separated. Default: VITRINE_DEVICES, else cpu.</summary>
    public string Devices { get; init; } = Environment.GetEnvironmentVariable("VITRINE_DEVICES") is { Length: > 0 } set ? set : "cpu";

    /// <summary>Silo processes, 1 to 8; they find each other through the database. Default 1.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>Folder with the models; default: <c>models</c> in the repository.</summary>
    public string? Models { get; init; }

    /// <summary>Folder with the policies; default: <c>policies</c> in the repository.</summary>
    public string? Policies { get; init; }

    /// <summary>Further environment of the silos; wins over what is set here.</summary>
    public IReadOnlyDictionary<string, string?> SiloEnvironment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Further environment of the gateway; wins over what is set here.</summary>
    public IReadOnlyDictionary<string, string?> GatewayEnvironment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The built silo; default: the repository's release build.</summary>
    public string? SiloProgram { get; init; }

    /// <summary>The built gateway; default: the repository's release build.</summary>
    public string? GatewayProgram { get; init; }

    /// <summary>How long a process may take to become ready. A first start makes the schema, the development chain and loads models.</summary>
    public TimeSpan ReadyLimit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Receives sentences for the user; default: nobody.</summary>
    public Action<string> Say { get; init; } = _ => { };
}
