using System.Net;
using Vitrine.Inference;

namespace Vitrine.Silo;

/// <summary>Section <c>Vitrine</c> of the configuration. Validated at start; each wrong value is named.</summary>
public sealed record SiloSettings
{
    public const string Section = "Vitrine";

    /// <summary>Each is asked for each checkpoint.</summary>
    private const int MaxWitnesses = 16;

    /// <summary>Connection string of the PostgreSQL database that holds everything. Required.</summary>
    public string Database { get; init; } = "";

    /// <summary>Name of this silo, stable over restarts: its devices are named after it. Default <c>silo-0</c>.</summary>
    public string SiloName { get; init; } = "silo-0";

    /// <summary>Address that other silos and gateways reach this one at. Default 127.0.0.1.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Port between silos. Keep it stable: a silo that returns on its port replaces its dead self at once. Default 11111.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>Port for gateways. Default 30000.</summary>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>Where <c>/health</c> and <c>/metrics</c> are served. Default http://127.0.0.1:9464.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:9464";

    /// <summary>Folder of the blob store. Default <c>.local/blobs</c>.</summary>
    public string Blobs { get; init; } = ".local/blobs";

    /// <summary>Folder with <c>catalogue.yaml</c> and the model folders. Default <c>models</c>.</summary>
    public string Models { get; init; } = "models";

    /// <summary>Folder with the policy files; watched. Default <c>policies</c>.</summary>
    public string Policies { get; init; } = "policies";

    /// <summary>
    /// Folder with root.pem, chain.pem and leaf.key, and with folders of the same for tenants that sign with a chain of their own; a development chain is made
    /// there when it is empty. Read again when files change. Also with ledger.key and watermark.key, which are read at start. Default <c>.local/pki</c>.
    /// </summary>
    public string Pki { get; init; } = ".local/pki";

    /// <summary>
    /// Address of a time stamp authority (RFC 3161, http or https), whose root goes to tsa-root.pem in the same folder. Empty, the default, for the development authority where
    /// its key is in the folder, else for none.
    /// </summary>
    public string TimeStampAuthority { get; init; } = "";

    /// <summary>Name that viewers show as the signer, for a development chain. Default <c>Vitrine Development</c>.</summary>
    public string Organisation { get; init; } = "Vitrine Development";

    /// <summary>
    /// Connection string of the database that holds the keys with which personal data are sealed. Empty for the schema <c>vitrine_keys</c> of <see cref="Database"/>;
    /// then whoever backs that database up must leave that schema out.
    /// </summary>
    public string KeyDatabase { get; init; } = "";

    /// <summary>Name of the platform's transparency log, a URL without a scheme; a tenant's log is <c>origin/tenant</c>. It never changes. Default <c>vitrine.local</c>.</summary>
    public string LedgerOrigin { get; init; } = "vitrine.local";

    /// <summary>The longest that an event waits for a signed checkpoint, 1 s to 1 day. Default one minute.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>New leaves of one log after which a checkpoint is signed at once. Default 10000.</summary>
    public long CheckpointLeaves { get; init; } = 10_000;

    /// <summary>Witnesses (C2SP tlog-witness) that are asked to cosign the platform's checkpoints, each as its address, a space and its vkey; 16 at most. Default none.</summary>
    public IReadOnlyList<string> Witnesses { get; init; } = [];

    /// <summary>How often at most the platform's checkpoint is time-stamped by the <see cref="TimeStampAuthority"/>, 1 min to 30 days. Default one hour.</summary>
    public TimeSpan StampEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>SHA-256 (hex) of the secret of the operator's admin key; empty for none.</summary>
    public string AdminKeyDigest { get; init; } = "";

    /// <summary><c>auto</c>, <c>none</c>, <c>cpu</c>, or a list such as <c>cuda:0,cuda:1</c>. Default <c>auto</c>.</summary>
    public string Devices { get; init; } = "auto";

    /// <summary>Threads of one inference call on a CPU device. Default 1, see EngineOptions.</summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>
    /// Whether engines run in processes of their own, so that a fault of a driver or a model ends a batch and not the silo. Default (null): for accelerators yes, for
    /// the processor no.
    /// </summary>
    public bool? EngineProcess { get; init; }

    /// <summary>Folder for the engines that TensorRT builds for NVIDIA GPUs; empty for CUDA alone. Default empty, see EngineOptions.</summary>
    public string TensorRtCache { get; init; } = "";

    /// <summary>The most rows of one batch, 2 to 64; how many of them a model gets is measured. Default 8.</summary>
    public int? MaxBatch { get; init; }

    /// <summary>Memory for models on each device, in MiB. Default 2048.</summary>
    public int MemoryBudgetMiB { get; init; } = 2048;

    /// <summary>Names of models that stay in memory once they are there. Default none.</summary>
    public IReadOnlyList<string> PinnedModels { get; init; } = [];

    /// <summary>How long one call of a model may take before its pictures fail. Default 2 minutes.</summary>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How far rendering and finishing on the processor yield to answering requests, as a nice value of 0 to 19; pictures of a tenant that had nothing running do not yield. Default 10: a core that both
    /// want goes to answering nine times of ten.
    /// </summary>
    public int RenderingNice { get; init; } = 10;

    /// <summary>Denoising steps between two checkpoints of a picture, 1 or more. Default (null): by what a checkpoint costs, see CheckpointInterval.</summary>
    public int? CheckpointSteps { get; init; }

    /// <exception cref="InvalidOperationException">Names every wrong value.</exception>
    public SiloSettings Validated()
    {
        var wrong = new List<string>();
        if (string.IsNullOrWhiteSpace(Database)) wrong.Add("Vitrine:Database must be a PostgreSQL connection string");
        if (!Grains.Interfaces.Slug.IsValid(SiloName)) wrong.Add($"Vitrine:SiloName must be {Grains.Interfaces.Slug.Rule}");
        if (!IPAddress.TryParse(Address, out _)) wrong.Add("Vitrine:Address must be an IP address");
        if (TimeStampAuthority.Length > 0 && !(Uri.TryCreate(TimeStampAuthority, UriKind.Absolute, out var authority) && authority.Scheme is "http" or "https"))
            wrong.Add("Vitrine:TimeStampAuthority must be an http or https address, or empty");
        if (SiloPort is < 1 or > 65535) wrong.Add("Vitrine:SiloPort must be 1 to 65535");
        if (GatewayPort is < 1 or > 65535) wrong.Add("Vitrine:GatewayPort must be 1 to 65535");
        if (AdminKeyDigest.Length is not (0 or 64) || !AdminKeyDigest.All(char.IsAsciiHexDigitLower)) wrong.Add("Vitrine:AdminKeyDigest must be 64 lower-case hex digits or empty");
        if (LedgerOrigin.Length is 0 or > 200 || !LedgerOrigin.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' or ':')) wrong.Add("Vitrine:LedgerOrigin must be a URL without a scheme");
        if (CheckpointEvery < TimeSpan.FromSeconds(1) || CheckpointEvery > TimeSpan.FromDays(1)) wrong.Add("Vitrine:CheckpointEvery must be 1 s to 1 day");
        if (CheckpointLeaves < 1) wrong.Add("Vitrine:CheckpointLeaves must be at least 1");
        if (Witnesses.Count > MaxWitnesses) wrong.Add($"Vitrine:Witnesses must be {MaxWitnesses} at most");
        foreach (var (i, witness) in Witnesses.Index())
            if (HttpWitness.Parse(witness) is null) wrong.Add($"Vitrine:Witnesses:{i} must be an http or https address, a space and the vkey of a cosignature/v1 key");
        if (StampEvery < TimeSpan.FromMinutes(1) || StampEvery > TimeSpan.FromDays(30)) wrong.Add("Vitrine:StampEvery must be 1 min to 30 days");
        if (IntraOpThreads is < 1 or > 64) wrong.Add("Vitrine:IntraOpThreads must be 1 to 64");
        if (MaxBatch is < 2 or > 64) wrong.Add("Vitrine:MaxBatch must be 2 to 64");
        if (MemoryBudgetMiB < 1) wrong.Add("Vitrine:MemoryBudgetMiB must be 1 or more");
        if (CallLimit <= TimeSpan.Zero) wrong.Add("Vitrine:CallLimit must be longer than 0");
        if (RenderingNice is < 0 or > YieldingThread.LargestNice) wrong.Add($"Vitrine:RenderingNice must be 0 to {YieldingThread.LargestNice}");
        if (CheckpointSteps < 1) wrong.Add("Vitrine:CheckpointSteps must be 1 or more");
        return wrong.Count == 0 ? this : throw new InvalidOperationException(string.Join("; ", wrong) + ".");
    }
}
