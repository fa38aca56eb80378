using Vitrine.Inference;
using Vitrine.Provenance;

namespace Vitrine.Bench;

/// <summary>What is done to the pixels of every picture before it is encoded, with the platform's own parts and nothing around them.</summary>
internal sealed class PixelWork : IDisposable
{
    private readonly ImageClassifier _classifier;
    private readonly Watermark _watermark;
    private readonly WatermarkIds _ids;
    private long _marked;

    public PixelWork(ModelCatalogue catalogue)
    {
        var key = new WatermarkKey(new byte[WatermarkKey.Length]);
        (_classifier, _watermark, _ids) = (ImageClassifier.Open(catalogue), new(key), new(key));
    }

    /// <param name="rgb">A square picture, 8 bits a channel, R G B interleaved.</param>
    /// <returns>The marked pixels.</returns>
    public byte[] ScreenAndMark(byte[] rgb, int side)
    {
        _classifier.Classify(new RgbImage(side, side, rgb));
        return _watermark.Embed(rgb, side, side, _ids.Of(Interlocked.Increment(ref _marked)));
    }

    public void Dispose() => _classifier.Dispose();
}
