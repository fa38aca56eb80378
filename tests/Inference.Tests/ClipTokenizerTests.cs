using System.IO.Compression;
using System.Text.Json;

namespace Vitrine.Inference.Tests;

public sealed class ClipTokenizerTests
{
    private static readonly Lazy<ClipTokenizer> Clip = new(ReadOpenAiVocabulary);

    [Fact]
    public void Tokens_of_131_prompts_agree_with_OpenAIs_tokenizer_without_its_text_repair()
    {
        using var golden = Json(RepositoryFiles.Fixture("tokenizer", "clip_golden.json"));
        var wrong = new List<string>();
        foreach (var example in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var expected = (example.TryGetProperty("ids_without_text_repair", out var unrepaired) ? unrepaired : example.GetProperty("ids")).Deserialize<int[]>()!;
            int[] found = [Clip.Value.Start, .. Clip.Value.Encode(example.GetProperty("prompt").GetString()!), Clip.Value.End];
            if (!found.SequenceEqual(expected))
                wrong.Add($"{example.GetProperty("index")}: {example.GetProperty("prompt")}\n  expected {string.Join(' ', expected.Take(30))}\n  found    {string.Join(' ', found.Take(30))}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void A_sequence_is_cut_and_padded_with_the_end_token_as_Hugging_Face_does()
    {
        using var golden = Json(RepositoryFiles.Fixture("tokenizer", "clip_golden.json"));
        foreach (var example in golden.RootElement.GetProperty("cases").EnumerateArray().Where(example => !example.TryGetProperty("ids_without_text_repair", out _)))
        {
            var sequence = new long[77];
            var whole = Clip.Value.Encode(example.GetProperty("prompt").GetString()!, sequence);
            Assert.Equal(example.GetProperty("hf_eot_padded_77").Deserialize<long[]>(), sequence);
            Assert.Equal(example.GetProperty("ids").GetArrayLength() <= 77, whole);
        }
    }

    [Fact]
    public void The_shipped_models_tokens_agree_with_its_golden_file()
    {
        using var golden = Json(RepositoryFiles.Fixture("sticker-golden.json"));
        var tokenizer = ClipTokenizer.Load(Path.Combine(RepositoryFiles.Sticker, "tokenizer"), PromptPieces.Ascii);
        var prompts = golden.RootElement.GetProperty("prompts").Deserialize<string[]>()!;
        var expected = golden.RootElement.GetProperty("input_ids").Deserialize<long[][]>()!;
        for (var i = 0; i < prompts.Length; i++)
        {
            var sequence = new long[32];
            Assert.True(tokenizer.Encode(prompts[i], sequence));
            Assert.Equal(expected[i], sequence);
        }
    }

    [Theory]
    [InlineData(PromptPieces.Clip)]
    [InlineData(PromptPieces.Ascii)]
    public void A_prompt_of_ten_thousand_odd_letters_is_tokenized_and_half_a_surrogate_does_no_harm(PromptPieces pieces)
    {
        var letters = new Random(1);
        var word = string.Create(ModelCard.LongestPrompt, letters, (chars, random) => { foreach (ref var c in chars) c = (char)('a' + random.Next(26)); });
        var tokenizer = pieces == PromptPieces.Clip ? Clip.Value : ClipTokenizer.Load(Path.Combine(RepositoryFiles.Sticker, "tokenizer"), pieces);
        Assert.InRange(tokenizer.Encode(word).Count, 1, word.Length);
        Assert.Equal(tokenizer.Encode("cat \ufffd cat"), tokenizer.Encode("cat \ud83d cat"));
    }

    [Fact]
    public void A_merges_file_with_a_line_that_is_no_pair_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("vocab.json", """{"<|startoftext|>":0,"<|endoftext|>":1}"""u8);
        folder.Write("merges.txt", "#version: 0.2\nab\n"u8);
        Assert.Contains("'ab' is no pair", Assert.Throws<InvalidDataException>(() => ClipTokenizer.Load(folder.Path, PromptPieces.Clip)).Message, StringComparison.Ordinal);
    }

    private static JsonDocument Json(string path) => JsonDocument.Parse(File.ReadAllBytes(path));

    // simple_tokenizer.py: 256 byte symbols, the same at the end of a word, one token per merge, the two special tokens.
    private static ClipTokenizer ReadOpenAiVocabulary()
    {
        using var packed = File.OpenRead(RepositoryFiles.Fixture("tokenizer", "bpe_simple_vocab_16e6.txt.gz"));
        using var text = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        var merges = text.ReadToEnd().Split('\n')[1..(49152 - 256 - 2 + 1)].Select(line => line.Split(' ')).Select(pair => (Left: pair[0], Right: pair[1])).ToArray();
        var printable = Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range(0xA1, 0xAC - 0xA1 + 1)).Concat(Enumerable.Range(0xAE, 0xFF - 0xAE + 1)).ToArray();
        var symbols = printable.Concat(Enumerable.Range(256, 256 - printable.Length)).Select(c => ((char)c).ToString()).ToArray();
        string[] tokens = [.. symbols, .. symbols.Select(s => s + "</w>"), .. merges.Select(m => m.Left + m.Right), "<|startoftext|>", "<|endoftext|>"];
        return new ClipTokenizer(tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id), merges, PromptPieces.Clip);
    }
}
