namespace Vitrine.Inference;

/// <summary>What must hold of a model's files before anything of them reaches ONNX Runtime.</summary>
internal static class ModelFiles
{
    /// <summary>The files are those of the card, and no graph reaches outside its own folder.</summary>
    /// <exception cref="ModelDigestMismatchException">A file was changed, added or removed.</exception>
    /// <exception cref="InvalidDataException">A graph takes its weights from elsewhere.</exception>
    public static void Check(ModelCard card)
    {
        ModelDigest.Verify(card);
        foreach (var graph in Directory.EnumerateFiles(card.Folder, "*.onnx", SearchOption.AllDirectories))
            foreach (var location in OnnxExternalFiles.Find(File.ReadAllBytes(graph)))
                if (location.Length == 0 || location is "." or ".." || location.AsSpan().IndexOfAny('/', '\\', '\0') >= 0)
                    throw new InvalidDataException($"{graph}: takes weights from '{location}'; only a bare file name beside the graph is allowed.");
    }
}
