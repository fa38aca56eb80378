using System.Text;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Provenance.Tests.Ledger;

/// <summary>With the keys and notes that the tests of golang.org/x/mod/sumdb/note publish.</summary>
public sealed class NoteTests
{
    private const string PeterKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    private const string PeterSecret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    private const string EnochKey = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
    private const string Text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    private const string PeterLine = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    private const string EnochLine = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    [Fact]
    public void The_published_key_is_read_and_written()
    {
        Assert.Equal((0xc74f20a3u, "PeterNeumann", NoteKeyKind.Ed25519), (Key(PeterKey).Id, Key(PeterKey).Name, Key(PeterKey).Kind));
        Assert.Equal(PeterKey, Key(PeterKey).ToString());
    }

    [Fact]
    public void No_part_and_no_alteration_of_a_key_is_a_key()
    {
        for (var from = 0; from <= PeterKey.Length; from++)
            for (var to = from; to <= PeterKey.Length; to++)
                if (to - from != PeterKey.Length) Assert.False(NoteKey.TryParse(PeterKey[from..to], out _));
        for (var i = 0; i < PeterKey.Length; i++)
            Assert.False(NoteKey.TryParse(PeterKey[..i] + (char)(PeterKey[i] + 1) + PeterKey[(i + 1)..], out _));
        Assert.False(NoteKey.TryParse("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", out _));
        Assert.False(NoteKey.TryParse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", out _));
    }

    [Fact]
    public void The_published_note_is_signed_to_the_byte()
    {
        var (signer, name) = NoteSigner.Parse(PeterSecret)!.Value;
        Assert.Equal(Text + "\n" + PeterLine, new SignedNote(Text, [signer.Sign(Text, name)]).ToString());
        Assert.Equal(PeterKey, signer.Key(name).ToString());
        Assert.Equal(PeterSecret, signer.Reveal(name));
    }

    [Fact]
    public void A_note_with_two_signatures_is_signed_by_each_and_by_nobody_else()
    {
        var note = Note(Text + "\n" + PeterLine + EnochLine)!;
        Assert.True(note.IsSignedBy(Key(PeterKey)));
        Assert.True(note.IsSignedBy(Key(EnochKey)));
        Assert.False(Note(Text + "\n" + EnochLine)!.IsSignedBy(Key(PeterKey)));
    }

    [Theory]
    [InlineData("— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n— PeterNeumann x08gowAAAAAA\n")]
    [InlineData("— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAQ=\n")]
    public void One_bad_signature_under_a_known_name_spoils_the_note(string lines) => Assert.False(Note(Text + "\n" + lines)!.IsSignedBy(Key(PeterKey)));

    [Fact]
    public void An_altered_text_is_not_signed() => Assert.False(Note(Text.Replace("cryptography", "blockchain", StringComparison.Ordinal) + "\n" + PeterLine)!.IsSignedBy(Key(PeterKey)));

    public static TheoryData<string> Malformed =>
    [
        Text, Text + "\n", Text + "\n" + PeterLine[..^1], "\u0001" + Text + "\n" + PeterLine, "\r" + Text + "\n" + PeterLine,
        Text + "\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
        Text + "\n" + PeterLine + "Unexpected line.\n", Text + "\n" + string.Concat(Enumerable.Repeat(PeterLine, SignedNote.MaxSignatures + 1)),
        Text + "\n" + PeterLine.Replace('—', '-'), Text + "\n" + PeterLine.Replace("nAM=", "nAN=", StringComparison.Ordinal), Text + "\n— PeterNeumann AAAA\n", "\n\n", "",
    ];

    [Theory, MemberData(nameof(Malformed))]
    public void What_is_no_note_is_not_read(string text) => Assert.Null(Note(text));

    [Fact]
    public void Bytes_that_are_no_utf8_are_no_note() => Assert.Null(SignedNote.Parse([0xff, .. Encoding.UTF8.GetBytes(Text + "\n" + PeterLine)]));

    [Fact]
    public void A_note_of_a_gigabyte_is_not_looked_at() => Assert.Null(SignedNote.Parse(new byte[SignedNote.MaxBytes + 1]));

    private static NoteKey Key(string vkey) => NoteKey.TryParse(vkey, out var key) ? key! : throw new ArgumentException(vkey);
    private static SignedNote? Note(string text) => SignedNote.Parse(Encoding.UTF8.GetBytes(text));
}
