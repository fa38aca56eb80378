using System.Text;
using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests.Ledger;

/// <summary>Whatever bytes come in, the parsers of the log answer, and what they read they write back to the same bytes.</summary>
public sealed class HostileTextTests(ITestOutputHelper output)
{
    private const int Mutations = 200_000;

    [Fact]
    public void No_mutation_crashes_a_parser_or_has_two_spellings()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var tree = PlainTree.OfSize(100);
        var signer = new NoteSigner(new byte[32]);
        var note = new Checkpoint("vitrine.example/acme", 100, tree.Root(100)).Sign(signer);
        var proof = new LogProof(41, TreeProofs.Inclusion(41, 100, tree.Node), note);
        var vkey = signer.Key("vitrine.example/acme").ToString();
        var bundle = EntryBundle.Write([new byte[3], new byte[40]]);
        for (var i = 0; i < Mutations; i++)
        {
            var mutated = Mutate(note.ToBytes(), random);
            if (SignedNote.Parse(mutated) is { } read)
            {
                Assert.Equal(mutated, read.ToBytes());
                if (Checkpoint.Parse(read.Text) is { } head) Assert.Equal(read.Text, head.ToString());
                if (i % 50 == 0 && read.Text != note.Text) Assert.Null(Checkpoint.Open(read, signer.Key("vitrine.example/acme")));
            }
            mutated = Mutate(proof.ToBytes(), random);
            if (LogProof.Parse(mutated) is { } readProof) Assert.Equal(mutated, readProof.ToBytes());
            var text = Encoding.UTF8.GetString(Mutate(Encoding.UTF8.GetBytes(vkey), random));
            if (NoteKey.TryParse(text, out var key)) Assert.Equal(text, key!.ToString());
            mutated = Mutate(bundle, random);
            if (EntryBundle.Read(mutated) is { } entries) Assert.Equal(mutated, EntryBundle.Write([.. entries]));
            if (Tile.TryParsePath(Encoding.UTF8.GetString(Mutate("x001/x234/067.p/17"u8.ToArray(), random)), out var index, out var width)) Assert.True(index >= 0 && width is > 0 and <= 256);
        }
    }

    /// <summary>One to four changes: a byte, a piece cut out, doubled, or moved.</summary>
    public static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 9), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                default: bytes.Insert(at, bytes[random.Next(bytes.Count)]); break;
            }
        }
        return [.. bytes];
    }
}
