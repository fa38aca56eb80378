using System.Globalization;
using System.Text;
using System.Text.Json;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Provenance.Tests.Ledger;

/// <summary>What a person types, and what is said to them.</summary>
public sealed class BundleCommandTests
{
    private static readonly Bundles World = new();
    private static readonly NoteSigner Witness = new([.. Enumerable.Repeat((byte)21, 32)]);
    private static readonly string WitnessKey = Witness.Key("w/one", NoteKeyKind.Cosignature).ToString(), LogKey = Bundles.Key().ToString();

    private readonly Dictionary<string, byte[]> _files = new()
    {
        ["b.zip"] = World.Zip(),
        ["root.pem"] = Encoding.UTF8.GetBytes(Samples.Certificates.RootPem),
        ["tsa.pem"] = Encoding.UTF8.GetBytes(Samples.TimeStampCertificates.RootPem),
        ["seen"] = World.Checkpoint(8).ToBytes(),
        ["proof.json"] = JsonSerializer.SerializeToUtf8Bytes(new { hashes = TreeProofs.Consistency(8, World.Entries.Count, World.Tree.Node).Select(hash => hash.ToString()) }),
    };

    [Fact]
    public void With_all_that_an_auditor_brings_the_bundle_holds_and_says_what_was_compared()
    {
        var parts = World.Parts();
        var cosigned = parts.PlatformProof.Checkpoint.With(Witness.Cosign(parts.PlatformProof.Checkpoint.Text, "w/one", Samples.Now));
        _files["b.zip"] = ProofBundle.Write(parts with { PlatformProof = parts.PlatformProof with { Checkpoint = cosigned } });

        var (holds, said) = Run("--key", LogKey, "--trust", "root.pem", "--tsa-root", "tsa.pem", "--seen", "seen", "--consistency", "proof.json", "--witness", WitnessKey, "--quorum", "1");

        Assert.True(holds, said);
        foreach (var expected in new[] { "The log continues the one that was seen.", "cosigned the checkpoint at", "under a root that is trusted", "\"Prompt\": \"a red fox\"", "The bundle holds." })
            Assert.Contains(expected, said, StringComparison.Ordinal);
    }

    [Fact]
    public void With_nothing_it_is_checked_against_its_own_keys_and_says_so()
    {
        var (holds, said) = Run();

        Assert.True(holds, said);
        Assert.Contains("The key is the bundle's own", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_stamp_is_attested_by_the_authority_whose_root_was_given()
    {
        using var authority = new DevelopmentTimeStampAuthority(Samples.TimeStampCertificates.ChainPem, Samples.TimeStampCertificates.LeafKeyPem, TimeProvider.System);
        var parts = World.Parts();
        _files["b.zip"] = ProofBundle.Write(parts with { PlatformStamp = await CheckpointStamp.Take(parts.PlatformProof.Checkpoint, authority, CancellationToken.None) });

        Assert.Contains("authority attests the platform's checkpoint", Run("--trust", "root.pem", "--tsa-root", "tsa.pem").Said, StringComparison.Ordinal);
        Assert.Contains("whose authority is not trusted here", Run("--trust", "root.pem").Said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_that_fails_says_by_which_code_and_that_nothing_of_it_is_to_be_believed()
    {
        foreach (var (code, options) in new (string, string[])[]
        {
            (BundleCodes.KeyUntrusted, ["--key", Bundles.Stranger.Key("vitrine.example/" + Bundles.Tenant).ToString()]),
            // All witnesses unless said.
            (LogCodes.QuorumMissed, ["--witness", WitnessKey]),
            (LogCodes.QuorumMissed, ["--witness", WitnessKey, "--quorum", "1"]),
        })
        {
            var (holds, said) = Run(options);
            Assert.False(holds);
            Assert.Contains($"FAILED {code}: ", said, StringComparison.Ordinal);
            Assert.EndsWith("believe nothing of it.\n", said, StringComparison.Ordinal);
            Assert.DoesNotContain("red fox", said, StringComparison.Ordinal);
        }
        Assert.True(Run("--witness", WitnessKey, "--quorum", "0").Holds);
    }

    [Theory]
    [InlineData("--key")]
    [InlineData("--unknown", "x")]
    [InlineData("--trust", "root.pem", "--trust", "root.pem")]
    [InlineData("root.pem")]
    public void Options_that_are_none_are_misuse(params string[] options) => Assert.Null(Run(options).Holds);

    [Theory]
    [InlineData("--key is no key", "--key", "vitrine+00+AA==")]
    [InlineData("--witness is no key", "--witness", "log")]
    [InlineData("--quorum is a number", "--quorum", "1")]
    [InlineData("--quorum is a number", "--quorum", "-1")]
    [InlineData("--tsa-root goes with --trust", "--tsa-root", "tsa.pem")]
    [InlineData("--seen is no checkpoint", "--seen", "root.pem")]
    [InlineData("--consistency is no answer", "--consistency", "root.pem")]
    [InlineData("--consistency is no answer", "--consistency", "empty.json")]
    [InlineData("--consistency is no answer", "--consistency", "numbers.json")]
    [InlineData("no certificate", "--trust", "seen")]
    public void A_value_of_another_kind_is_refused_with_the_options_name(string sentence, params string[] options)
    {
        _files["empty.json"] = "{}"u8.ToArray();
        _files["numbers.json"] = """{"hashes":[1]}"""u8.ToArray();
        // A key that signs a log is none that cosigns.
        if (options is ["--witness", "log"]) options[1] = LogKey;

        Assert.Contains(sentence, Assert.Throws<ArgumentException>(() => Run(options)).Message, StringComparison.Ordinal);
    }

    private (bool? Holds, string Said) Run(params string[] options)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        return (BundleCommand.Run("b.zip", options, path => _files[path], Samples.Now, output), output.ToString());
    }
}
