using System.Text;
using System.Text.Json;
using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests.Ledger;

public sealed class LeafEnvelopeTests(ITestOutputHelper output)
{
    private static readonly LeafEnvelope Plain = new()
    {
        Tenant = "acme", Stream = "job_1", Version = 1, Sequence = 300, Type = "job.accepted",
        RecordedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMicroseconds(6), Commitment = PublishedTree.Roots[1],
    };

    private static readonly LeafEnvelope Full = Plain with { PolicyDigest = PublishedTree.Roots[2], Manifest = "urn:c2pa:x", FileSha256 = PublishedTree.Roots[3] };

    [Fact]
    public void An_envelope_has_these_bytes_for_ever() => Assert.Equal(
        "A80001016461636D6502656A6F625F310301041901" + "2C056C6A6F622E6163636570746564061B0006475EF64CF346075820" + "6E340B9CFFB37A989CA544E6BB780A2C78901D3FB33738768511A30617AFA01D",
        Convert.ToHexString(Plain.ToBytes()));

    [Fact]
    public void Envelopes_read_back()
    {
        foreach (var envelope in new[] { Plain, Full, Full with { Manifest = null }, Plain with { Version = long.MaxValue, Sequence = 0, Stream = "" } })
            Assert.Equal(envelope, LeafEnvelope.Parse(envelope.ToBytes()));
    }

    [Fact]
    public void Whatever_is_read_is_written_to_the_same_bytes()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (read, original) = (0, Full.ToBytes());
        for (var i = 0; i < 300_000; i++)
        {
            var mutated = HostileTextTests.Mutate(original, random);
            if (LeafEnvelope.Parse(mutated) is not { } envelope) continue;
            read++;
            Assert.Equal(mutated, envelope.ToBytes());
        }
        Assert.True(read > 0, "No mutation was read at all; the test proves nothing.");
    }

    [Theory]
    [InlineData("00", "1800")]
    [InlineData("64", "7804")]
    [InlineData("01", "190001")]
    [InlineData("05", "1A00000005")]
    [InlineData("07", "1B0000000000000007")]
    [InlineData("5820", "590020")]
    public void A_longer_spelling_of_a_number_is_refused(string shortest, string longer)
    {
        var hex = Convert.ToHexString(Plain.ToBytes());
        for (var at = hex.IndexOf(shortest, StringComparison.Ordinal); at >= 0; at = hex.IndexOf(shortest, at + 1, StringComparison.Ordinal))
            if (at % 2 == 0) Assert.Null(LeafEnvelope.Parse(Convert.FromHexString(hex[..at] + longer + hex[(at + shortest.Length)..])));
    }

    [Fact]
    public void Other_spellings_and_formats_are_refused()
    {
        var bytes = Plain.ToBytes();
        Assert.Null(LeafEnvelope.Parse(bytes.Append((byte)0).ToArray()));
        Assert.Null(LeafEnvelope.Parse(bytes.AsSpan(0, bytes.Length - 1)));
        Assert.Null(LeafEnvelope.Parse(new byte[] { 0xbf }.Concat(bytes.Skip(1)).Append((byte)0xff).ToArray()));
        bytes[2] = 2;
        Assert.Null(LeafEnvelope.Parse(bytes));
        Assert.Null(LeafEnvelope.Parse(new byte[LeafEnvelope.MaxBytes + 1]));
        Assert.Null(LeafEnvelope.Parse([]));
    }

    [Fact]
    public void A_commitment_is_kept_by_its_salt_and_payload_only()
    {
        var (salt, payload) = (new byte[32], "payload"u8.ToArray());
        var commitment = PayloadCommitment.Of(salt, payload);
        Assert.Equal(new TreeHash(System.Security.Cryptography.SHA256.HashData([.. salt, .. payload])), commitment);
        Assert.NotEqual(commitment, PayloadCommitment.Of([1, .. salt.AsSpan(1)], payload));
        Assert.NotEqual(commitment, PayloadCommitment.Of(salt, "payloaD"u8));
        Assert.Throws<ArgumentException>(() => PayloadCommitment.Of(salt.AsSpan(1), [0, .. payload]));
    }

    [Theory]
    [InlineData("""{"b": 1, "a": [1.50, -0, 1e2], "é": "€\n\u0001\"\\/"}""", "{\"a\":[1.50,-0,1e2],\"b\":1,\"é\":\"€\\n\\u0001\\\"\\\\/\"}")]
    [InlineData(""" { } """, "{}")]
    [InlineData("[]", "[]")]
    [InlineData("""{"aa":null,"a":{"y":true,"x":false},"Z":"\ud83d\ude00"}""", "{\"Z\":\"😀\",\"a\":{\"x\":false,\"y\":true},\"aa\":null}")]
    [InlineData("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}""",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}")]
    public void Json_has_one_text(string json, string canonical) => Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Of(Encoding.UTF8.GetBytes(json))));

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("{")]
    [InlineData("1 2")]
    public void What_has_two_readings_has_no_canonical_text(string json) => Assert.ThrowsAny<JsonException>(() => CanonicalJson.Of(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Json_that_is_nested_too_deeply_is_refused() => Assert.ThrowsAny<JsonException>(() => CanonicalJson.Of(Encoding.UTF8.GetBytes(new string('[', 10_000))));
}
