namespace Vitrine.Inference;

/// <summary>What must hold of a model's files before anything of them reaches ONNX Runtime.</summary>
internal static class ModelFiles
{
    /// <summary>The files are those of the card, no graph reaches outside its own folder, and every operator is one of <see cref="AllowedOperators"/>.</summary>
    /// <exception cref="ModelDigestMismatchException">A file was changed, added or removed.</exception>
    /// <exception cref="InvalidDataException">A graph takes its weights from elsewhere, or asks for what no model may do.</exception>
    public static void Check(ModelCard card)
    {
        ModelDigest.Verify(card);
        foreach (var graph in Directory.EnumerateFiles(card.Folder, "*.onnx", SearchOption.AllDirectories))
        {
            var contents = OnnxContents.Read(File.ReadAllBytes(graph));
            foreach (var location in contents.Locations)
                if (location.Length == 0 || location is "." or ".." || location.AsSpan().IndexOfAny('/', '\\', '\0') >= 0)
                    throw new InvalidDataException($"{graph}: takes weights from '{location}'; only a bare file name beside the graph is allowed.");
            if (AllowedOperators.Refuse(contents) is { } refusal)
                throw new InvalidDataException($"{graph}: {refusal}");
        }
    }
}
