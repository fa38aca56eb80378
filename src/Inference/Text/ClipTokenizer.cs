using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Vitrine.Inference;

/// <summary>
/// The byte-pair tokenizer of OpenAI's CLIP (Radford et al. 2021; simple_tokenizer.py), reading <c>vocab.json</c> and <c>merges.txt</c>.
/// Letters and marks are composed, white space is collapsed, letters are lowered; text is neither repaired (ftfy) nor unescaped (HTML), as in
/// Hugging Face's fast tokenizer. Symbols that the vocabulary lacks are dropped. Immutable, safe to share.
/// </summary>
public sealed class ClipTokenizer
{
    private const string WordEnd = "</w>", StartText = "<|startoftext|>", EndText = "<|endoftext|>";
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    private static readonly string[] ByteSymbols = MakeByteSymbols();

    private readonly PromptPieces pieces;
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<(string, string), int> ranks;

    /// <param name="ids">Token to id; holds <c>&lt;|startoftext|&gt;</c> and <c>&lt;|endoftext|&gt;</c>.</param>
    /// <param name="merges">Pairs to merge, most important first.</param>
    /// <param name="pieces">How text is cut before merging.</param>
    /// <exception cref="InvalidDataException">The start or end token is missing.</exception>
    public ClipTokenizer(IReadOnlyDictionary<string, int> ids, IEnumerable<(string Left, string Right)> merges, PromptPieces pieces)
    {
        this.pieces = pieces;
        this.ids = new Dictionary<string, int>(ids, StringComparer.Ordinal);
        ranks = [];
        foreach (var pair in merges)
            ranks.TryAdd(pair, ranks.Count);
        Start = Special(StartText);
        End = Special(EndText);
    }

    /// <summary>The id that begins every sequence.</summary>
    public int Start { get; }

    /// <summary>The id that ends every sequence and pads it.</summary>
    public int End { get; }

    /// <summary>Reads the two files of a tokenizer folder.</summary>
    /// <exception cref="InvalidDataException">A file is not in CLIP's format.</exception>
    public static ClipTokenizer Load(string folder, PromptPieces pieces)
    {
        var vocabulary = Path.Combine(folder, "vocab.json");
        try
        {
            var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllBytes(vocabulary)) ?? throw new InvalidDataException($"{vocabulary}: empty.");
            return new ClipTokenizer(ids, ReadMerges(Path.Combine(folder, "merges.txt")), pieces);
        }
        catch (JsonException bad)
        {
            throw new InvalidDataException($"{vocabulary}: {bad.Message}", bad);
        }
    }

    /// <summary>The ids of a text without start, end or padding.</summary>
    public List<int> Encode(string text)
    {
        var found = new List<int>();
        var clean = CleanText.Lower(string.Join(' ', CleanText.Compose(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        for (var at = 0; at < clean.Length;)
        {
            var length = PieceLength(clean.AsSpan(at));
            if (length > 0)
                EncodePiece(clean.Substring(at, length), found);
            at += Math.Max(1, length);
        }
        return found;
    }

    /// <summary>Fills a sequence: start, the text, end, and the end token again as padding. Returns false when the text had to be cut.</summary>
    public bool Encode(string text, Span<long> sequence)
    {
        var found = Encode(text);
        var kept = Math.Min(found.Count, sequence.Length - 2);
        sequence.Fill(End);
        sequence[0] = Start;
        for (var i = 0; i < kept; i++)
            sequence[i + 1] = found[i];
        return kept == found.Count;
    }

    // 0: a space, which separates pieces and belongs to none.
    private int PieceLength(ReadOnlySpan<char> text)
    {
        if (text[0] == ' ')
            return 0;
        if (pieces == PromptPieces.Clip)
        {
            foreach (var special in (ReadOnlySpan<string>)[StartText, EndText])
                if (text.StartsWith(special, StringComparison.Ordinal))
                    return special.Length;
            foreach (var contraction in Contractions)
                if (text.StartsWith(contraction, StringComparison.Ordinal))
                    return contraction.Length;
        }
        else if (text.StartsWith("'s", StringComparison.Ordinal))
        {
            return 2;
        }

        Rune.DecodeFromUtf16(text, out var first, out var length);
        var kind = KindOf(first);
        if (kind == PieceKind.Digit)
            return length;
        while (length < text.Length)
        {
            Rune.DecodeFromUtf16(text[length..], out var next, out var width);
            if (KindOf(next) != kind)
                break;
            length += width;
        }
        return length;
    }

    private enum PieceKind { Letters, Digit, Space, Other }

    private PieceKind KindOf(Rune rune) => pieces switch
    {
        _ when Rune.IsWhiteSpace(rune) => PieceKind.Space,
        PromptPieces.Ascii => rune.Value is >= 'a' and <= 'z' ? PieceKind.Letters : rune.Value is >= '0' and <= '9' ? PieceKind.Digit : PieceKind.Other,
        _ => Rune.IsLetter(rune) ? PieceKind.Letters : Rune.IsNumber(rune) ? PieceKind.Digit : PieceKind.Other,
    };

    private void EncodePiece(string piece, List<int> found)
    {
        if (pieces == PromptPieces.Clip && piece is StartText or EndText)
        {
            found.Add(ids[piece]);
            return;
        }
        if (pieces == PromptPieces.Ascii && !Ascii.IsValid(piece))
            return;
        foreach (var token in Merge(SymbolsOf(piece)))
            if (ids.TryGetValue(token, out var id))
                found.Add(id);
    }

    private List<string> SymbolsOf(string piece)
    {
        var symbols = pieces == PromptPieces.Clip
            ? Encoding.UTF8.GetBytes(piece).Select(b => ByteSymbols[b]).ToList()
            : piece.Select(c => c.ToString()).ToList();
        symbols[^1] += WordEnd;
        return symbols;
    }

    // The pair with the lowest rank is merged everywhere, from left to right, until no pair is known. The ranks of neighbours are kept in a list of
    // numbers, so that a word of ten thousand letters costs ten thousand scans of numbers and not of strings.
    private List<string> Merge(List<string> symbols)
    {
        var rank = new List<int>(symbols.Count);
        for (var i = 0; i + 1 < symbols.Count; i++)
            rank.Add(RankOf(symbols[i], symbols[i + 1]));
        while (rank.Count > 0)
        {
            var best = rank.Min();
            if (best == int.MaxValue)
                break;
            var kept = 0;
            var changedBefore = false;
            for (var i = 0; i < symbols.Count; i++)
            {
                var old = i;
                var changed = i < rank.Count && rank[i] == best;
                symbols[kept] = changed ? symbols[i] + symbols[++i] : symbols[i];
                if (kept > 0)
                    rank[kept - 1] = changed || changedBefore ? RankOf(symbols[kept - 1], symbols[kept]) : rank[old - 1];
                changedBefore = changed;
                kept++;
            }
            symbols.RemoveRange(kept, symbols.Count - kept);
            rank.RemoveRange(kept - 1, rank.Count - kept + 1);
        }
        return symbols;
    }

    private int RankOf(string left, string right) => ranks.GetValueOrDefault((left, right), int.MaxValue);

    private int Special(string token) =>
        ids.TryGetValue(token, out var id) ? id : throw new InvalidDataException($"The vocabulary has no token {token}.");

    private static IEnumerable<(string, string)> ReadMerges(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || space == line.Length - 1)
                throw new InvalidDataException($"{path}: '{line}' is no pair of symbols.");
            yield return (line[..space], line[(space + 1)..]);
        }
    }

    // bytes_to_unicode: printable bytes stand for themselves, the other 68 for U+0100 and up, so that no symbol is white space.
    private static string[] MakeByteSymbols()
    {
        var symbols = new string[256];
        var spare = 256;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            symbols[b] = ((char)(printable ? b : spare++)).ToString(CultureInfo.InvariantCulture);
        }
        return symbols;
    }
}
