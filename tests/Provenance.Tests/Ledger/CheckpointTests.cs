using System.Text;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Provenance.Tests.Ledger;

public sealed class CheckpointTests
{
    private const string Example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    private const string Origin = "vitrine.example/acme";
    private static readonly NoteSigner Signer = new([.. Enumerable.Repeat((byte)7, 32)]);
    private static readonly NoteSigner Witness = new([.. Enumerable.Repeat((byte)9, 32)]);
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_679_315_147);

    [Fact]
    public void The_example_of_the_specification_is_read_and_written()
    {
        var read = Checkpoint.Parse(Example)!;
        Assert.Equal(("example.com/behind-the-sofa", 20852163), (read.Origin, read.Size));
        Assert.Equal(Example, read.ToString());
        Assert.Equal(read, Checkpoint.Parse(Example));
    }

    [Theory]
    [InlineData("")]
    [InlineData("origin\n1\n")]
    [InlineData("\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("origin\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("origin\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("origin\n9223372036854775807\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n")]
    [InlineData("origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n")]
    [InlineData("origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    [InlineData("origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n")]
    [InlineData("origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nextension\n")]
    public void What_is_no_checkpoint_is_not_read(string text) => Assert.Null(Checkpoint.Parse(text));

    [Fact]
    public void A_checkpoint_opens_with_the_key_of_its_log_only()
    {
        var checkpoint = new Checkpoint(Origin, 3, PublishedTree.Roots[3]);
        var note = checkpoint.Sign(Signer);
        Assert.Equal(checkpoint, Checkpoint.Open(note, Signer.Key(Origin)));
        Assert.Null(Checkpoint.Open(note, Witness.Key(Origin)));
        Assert.Null(Checkpoint.Open(note, Signer.Key("vitrine.example/rival")));
        // The same key signs for both logs; one may not vouch for the other.
        Assert.Null(Checkpoint.Open(new(note.Text, [Signer.Sign(note.Text, "vitrine.example/rival")]), Signer.Key("vitrine.example/rival")));
    }

    [Fact]
    public void A_witness_signs_the_time_with_the_checkpoint()
    {
        var note = new Checkpoint(Origin, 3, PublishedTree.Roots[3]).Sign(Signer);
        var key = Witness.Key("witness.example/w1", NoteKeyKind.Cosignature);
        var cosigned = note.With(Witness.Cosign(note.Text, "witness.example/w1", Now));
        Assert.True(cosigned.IsSignedBy(key));
        Assert.True(cosigned.IsSignedBy(Signer.Key(Origin)));
        Assert.Equal(Now, Cosignature.TimeOf(cosigned.Signatures[1].Bytes.Span));
        Assert.StartsWith("cosignature/v1\ntime 1679315147\nvitrine.example/acme\n3\n", Cosignature.Message(note.Text, Now.ToUnixTimeSeconds()), StringComparison.Ordinal);

        var later = cosigned.Signatures[1].Bytes.ToArray();
        later[7]++;
        Assert.False(note.With(cosigned.Signatures[1] with { Bytes = later }).IsSignedBy(key));
        Assert.False(note.With(Witness.Sign(note.Text, "witness.example/w1") with { KeyId = key.Id }).IsSignedBy(key));
    }

    [Fact]
    public void The_published_cosignature_line_holds_its_time() =>
        Assert.Equal(Now, Cosignature.TimeOf(SignedNote.ReadLine("— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==")!.Bytes.Span));

    [Fact]
    public void Of_a_witness_answer_only_true_cosignatures_of_known_witnesses_are_kept()
    {
        var note = new Checkpoint(Origin, 3, PublishedTree.Roots[3]).Sign(Signer);
        var key = Witness.Key("witness.example/w1", NoteKeyKind.Cosignature);
        var good = Witness.Cosign(note.Text, "witness.example/w1", Now);
        var stranger = Signer.Cosign(note.Text, "witness.example/w2", Now);
        var forged = Signer.Cosign(note.Text, "witness.example/w1", Now) with { KeyId = key.Id };
        var accepted = WitnessRequest.Accept(note, Encoding.UTF8.GetBytes($"{stranger}{forged}garbage\n{good}{good}"), [key]);
        Assert.Equal([.. note.Signatures, good], accepted.Signatures, (a, b) => a.ToString() == b.ToString());
        Assert.Same(note, WitnessRequest.Accept(note, "\0\u00ff nothing"u8, [key]));
    }

    [Fact]
    public void A_witness_is_asked_in_the_words_of_the_specification()
    {
        var tree = PlainTree.OfSize(8);
        var note = new Checkpoint(Origin, 8, tree.Root(8)).Sign(Signer);
        var proof = TreeProofs.Consistency(3, 8, tree.Node);
        Assert.Equal($"old 3\n{string.Concat(proof.Select(hash => hash + "\n"))}\n{note}", Encoding.UTF8.GetString(WitnessRequest.Write(3, proof, note)));
        Assert.Equal(20852014, WitnessRequest.ReadSeen("20852014\n"u8));
        Assert.Null(WitnessRequest.ReadSeen("-1\n"u8));
        Assert.Null(WitnessRequest.ReadSeen("99999999999999999999999\n"u8));
    }

    [Fact]
    public void A_proof_reads_back_and_proves()
    {
        var tree = PlainTree.OfSize(300);
        var note = new Checkpoint(Origin, 300, tree.Root(300)).Sign(Signer);
        var proof = new LogProof(217, TreeProofs.Inclusion(217, 300, tree.Node), note);
        var read = LogProof.Parse(proof.ToBytes())!;
        Assert.Equal(proof.ToString(), read.ToString());
        var head = Checkpoint.Open(read.Checkpoint, Signer.Key(Origin))!;
        Assert.True(ProofCheck.Included(tree.Leaf(217), read.Index, head.Size, head.Root, read.Hashes));
        Assert.Equal(proof.Index, LogProof.Parse(Encoding.UTF8.GetBytes(proof.ToString().Replace("index", "extra AAAA\nindex", StringComparison.Ordinal)))!.Index);
        foreach (var bad in new[] { "index 217\n|index 0217\n", "proof@v1|proof@v2", "index 217\n|", "=\n|\n", "index 217\n|index 217\n " })
            Assert.Null(LogProof.Parse(Encoding.UTF8.GetBytes(proof.ToString().Replace(bad.Split('|')[0], bad.Split('|')[1], StringComparison.Ordinal))));
    }
}
