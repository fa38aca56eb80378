using System.Runtime.CompilerServices;

namespace Vitrine.Inference;

/// <summary>One frame and where the camera stood.</summary>
public sealed record ClipFrame(RgbImage Image, CameraView View);

/// <summary>How the frames between two keyframes are made.</summary>
internal enum InBetween
{
    /// <summary>Latents are interpolated and decoded: edges move.</summary>
    Latents,

    /// <summary>Pictures are interpolated: one fades into the next.</summary>
    CrossFade,
}

/// <summary>
/// Makes clips by an engine, which knows nothing of them: every picture of a clip is a picture among others. Keyframes are denoised, the latents of the
/// frames between them are interpolated by a cubic that passes through the keyframes without a jerk, decoded and enlarged; the camera does the rest.
/// </summary>
public sealed class ClipRenderer
{
    /// <summary>Frames from one keyframe to the next.</summary>
    internal const int KeyframeSpacing = 8;

    /// <summary>Frames that are being made at a time, the bound on pixels in memory: four of 1280x720, with their squares and all copies on the way, are below 300 MiB.</summary>
    public const int FramesInFlight = 4;

    /// <summary>The side of the pictures by which a way is measured, in pixels; smaller than any model's, so nothing is enlarged for it.</summary>
    private const int LookSide = 32;

    private readonly IRenderingEngine engine;
    private readonly ModelCatalogue catalogue;
    private readonly InBetween inBetween;
    private readonly int spacing;

    /// <param name="catalogue">The engine's.</param>
    public ClipRenderer(IRenderingEngine engine, ModelCatalogue catalogue)
        : this(engine, catalogue, InBetween.Latents, KeyframeSpacing)
    {
    }

    /// <param name="spacing">Frames from one keyframe to the next; 1 denoises every frame. For comparisons.</param>
    internal ClipRenderer(IRenderingEngine engine, ModelCatalogue catalogue, InBetween inBetween, int spacing) =>
        (this.engine, this.catalogue, this.inBetween, this.spacing) = (engine, catalogue, inBetween, spacing);

    /// <summary>Keyframes of a clip: one where everything stands still.</summary>
    internal static int KeyframesOf(ClipRequest clip) => ContentPath.IsStill(clip) ? 1 : Intervals(clip, KeyframeSpacing) + (IsClosed(clip) ? 0 : 1);

    // A loop goes on from its last frame to the first one; another clip ends with its last.
    private static bool IsClosed(ClipRequest clip) => clip.Motion == ClipMotion.Loop;

    private static int Steps(ClipRequest clip) => IsClosed(clip) ? clip.Frames : clip.Frames - 1;

    private static int Intervals(ClipRequest clip, int spacing) => ContentPath.IsStill(clip) ? 0 : (int)Math.Ceiling((double)Steps(clip) / spacing);

    /// <summary>
    /// The frames in order, as they are asked for: nobody who reads slowly fills the memory. Whoever stops reading, or cancels, stops the work.
    /// </summary>
    /// <exception cref="ImageRequestRefusedException">The model cannot make such a clip.</exception>
    /// <exception cref="ModelLoadException">See <see cref="RenderingEngine.Render"/>, as for the other exceptions.</exception>
    /// <exception cref="RenderPausedException"><paramref name="pause"/>; whoever stops reading because of it leaves each keyframe time to come to the end of its step.</exception>
    /// <param name="request">The clip.</param>
    /// <param name="kept">What was denoised of this clip before, and where to keep more; null for neither.</param>
    /// <param name="cancellation">Nobody wants it any more.</param>
    /// <param name="pause">Keyframes shall leave the device with the step that they have reached.</param>
    public IAsyncEnumerable<ClipFrame> Render(ClipRequest request, IKeyframes? kept, CancellationToken cancellation, CancellationToken pause)
    {
        var card = catalogue.Get(request.Model);
        return request.Refuse(card) is { } refusal ? throw new ImageRequestRefusedException(refusal) : Frames(request, card.Sizes, kept, cancellation, pause);
    }

    /// <summary>The same for a clip that nobody will go on with.</summary>
    public IAsyncEnumerable<ClipFrame> Render(ClipRequest request, CancellationToken cancellation = default) => Render(request, null, cancellation, CancellationToken.None);

    /// <param name="reading">Of the reader, who may also stop because of the pause.</param>
    private async IAsyncEnumerable<ClipFrame> Frames(
        ClipRequest request, SideRange sizes, IKeyframes? kept, CancellationToken cancellation, CancellationToken pause, [EnumeratorCancellation] CancellationToken reading = default)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var clip = new Clip(request, sizes, engine, inBetween, spacing, kept, ending.Token, pause);
        var inFlight = new Queue<Task<ClipFrame>>();
        try
        {
            for (var (shown, begun) = (0, 0); shown < request.Frames; shown++)
            {
                while (begun < request.Frames && inFlight.Count < FramesInFlight)
                    inFlight.Enqueue(clip.Frame(begun++));
                var next = await inFlight.Peek().WaitAsync(reading);
                _ = inFlight.Dequeue();
                yield return next;
            }
        }
        finally
        {
            if (!pause.IsCancellationRequested)
                await ending.CancelAsync();
            foreach (var unread in inFlight)
                await ((Task)unread).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One clip in the making.</summary>
    private sealed class Clip
    {
        private readonly ClipRequest request;
        private readonly SideRange sizes;
        private readonly IRenderingEngine engine;
        private readonly InBetween inBetween;
        private readonly IKeyframes? kept;
        private readonly CancellationToken cancellation, pause;
        private readonly Stage stage;
        private readonly int intervals;
        private readonly bool closed;
        // At most one a frame, each of a few thousand numbers.
        private readonly Lazy<Task<Latent>>[] keyframes;
        private readonly Lazy<Task<(Latent[] Keyframes, double[] Along)>> way;
        private readonly Lazy<Task<PlanarImage>> still;

        public Clip(ClipRequest request, SideRange sizes, IRenderingEngine engine, InBetween inBetween, int spacing, IKeyframes? kept, CancellationToken cancellation, CancellationToken pause)
        {
            (this.request, this.sizes, this.engine, this.inBetween, this.kept, this.cancellation, this.pause) = (request, sizes, engine, inBetween, kept, cancellation, pause);
            stage = new Stage(request, sizes);
            (closed, intervals) = (IsClosed(request), Intervals(request, spacing));
            keyframes = [.. Enumerable.Range(0, Math.Max(1, intervals + (closed ? 0 : 1))).Select(k => new Lazy<Task<Latent>>(() => Keyframe(k, intervals == 0 ? 0 : (double)k / intervals)))];
            way = new(EvenWay);
            still = new(async () => stage.Lay(await Decode(await keyframes[0].Value)));
        }

        private int Steps => ClipRenderer.Steps(request);

        public Task<ClipFrame> Frame(int frame) => Task.Run(async () =>
        {
            var view = CameraPath.At(request, frame);
            return new ClipFrame(stage.Show(await Laid(frame), view), view);
        }, cancellation);

        private async Task<PlanarImage> Laid(int frame)
        {
            if (intervals == 0)
                return await still.Value;
            var (all, place) = ((Latent[]?)null, (double)frame * intervals / Steps);
            if (ContentPath.Leads(request))
            {
                (all, var along) = await way.Value;
                place = Pace.PlaceOf(along, ContentPath.ShareAt(request, (double)frame / Steps)) * intervals / Steps;
            }
            var parts = await Near(place, k => all is null ? keyframes[k].Value : Task.FromResult(all[k]));
            if (inBetween == InBetween.CrossFade)
                return stage.Lay(await CrossFade(parts));
            return stage.Lay(await Decode(Latent.Mix(parts)));
        }

        // The four keyframes about a place, and their shares in it. All are asked for before one is waited for, so that they share a batch.
        private async Task<(Latent, float)[]> Near(double place, Func<int, Task<Latent>> keyframe)
        {
            var before = Math.Min((int)place, intervals - 1);
            var weights = Weights(place - before);
            return [.. (await Task.WhenAll(Enumerable.Range(before - 1, weights.Length).Select(k => keyframe(Index(k))).ToArray())).Zip(weights)];
        }

        // A loop goes on with its first keyframe; another clip stands still beyond its ends.
        private int Index(int keyframe) => closed ? (keyframe + intervals) % intervals : Math.Clamp(keyframe, 0, intervals);

        private async Task<Latent> Keyframe(int number, double place)
        {
            var keyframe = ContentPath.KeyframeAt(request, place, sizes.Min);
            if (kept is null)
                return (await engine.Render(keyframe, null, cancellation, pause)).Latent!;
            try
            {
                var resumable = keyframe with { CheckpointEvery = kept.CheckpointEvery, Resume = await kept.Read(number, cancellation) };
                var rendered = await engine.Render(resumable, OnTheWay, cancellation, pause);
                kept.Measure(rendered);
                if (rendered.Denoised is { } denoised && rendered.StepsRun > 0)
                    await kept.Keep(number, denoised);
                return rendered.Latent!;
            }
            catch (RenderPausedException paused) when (paused.Checkpoint is not null)
            {
                await kept.Keep(number, paused.Checkpoint);
                throw;
            }

            // On a pool thread of the engine's, which waits for nobody else; the checkpoints of a picture must stay in order.
            void OnTheWay(RenderProgress progress)
            {
#pragma warning disable RS0030
                if (progress.Checkpoint is { } checkpoint)
                    kept.Keep(number, checkpoint).GetAwaiter().GetResult();
#pragma warning restore RS0030
            }
        }

        // Keyframes twice: evenly by text and noise to learn where something happens, then evenly by what happens, so that no two are far apart. Then a look at
        // the whole way, a small picture a frame, because a decoder can still make much of a little.
        private async Task<(Latent[] Keyframes, double[] Along)> EvenWay()
        {
            var first = await Task.WhenAll(keyframes.Select(keyframe => keyframe.Value));
            var along = Pace.Along(Pace.Lengths(first, closed, Pace.Distance));
            var second = await Task.WhenAll(keyframes.Select((_, k) => Keyframe(keyframes.Length + k, Pace.PlaceOf(along, (double)k / intervals) / intervals)));
            var looks = new List<RgbImage>();
            foreach (var group in Enumerable.Range(0, closed ? Steps : Steps + 1).Chunk(2 * FramesInFlight))
                looks.AddRange(await Task.WhenAll(group.Select(async i =>
                    await Picture(Latent.Mix(await Near((double)i * intervals / Steps, k => Task.FromResult(second[k]))), sizes.AtLeast(LookSide)))));
            return (second, Pace.Along(Pace.Lengths(looks, closed, Pace.Distance)));
        }

        private async Task<PlanarImage> Decode(Latent latent) => PlanarImage.From(await Picture(latent, stage.Side));

        private async Task<RgbImage> Picture(Latent latent, int side)
        {
            var keyframe = ContentPath.KeyframeAt(request, 0, side) with
            {
                Noise = null, Blend = null, KeepLatent = false, Start = new ImageStart.FromLatent(latent, Strength: 0),
            };
            return (await engine.Render(keyframe, null, cancellation, pause)).Image;
        }

        private async Task<PlanarImage> CrossFade((Latent, float)[] parts)
        {
            var faded = new PlanarImage(stage.Side, stage.Side);
            foreach (var (latent, weight) in parts)
            {
                var picture = await Decode(latent);
                for (var i = 0; i < faded.Values.Length; i++)
                    faded.Values[i] += weight * picture.Values[i];
            }
            return faded;
        }

        // Catmull and Rom, "A class of local interpolating splines" (1974): through four neighbours, with a tangent that both sides of a keyframe share.
        private static float[] Weights(double u)
        {
            var (u2, u3) = (u * u, u * u * u);
            return [(float)((-u3 + 2 * u2 - u) / 2), (float)((3 * u3 - 5 * u2 + 2) / 2), (float)((-3 * u3 + 4 * u2 + u) / 2), (float)((u3 - u2) / 2)];
        }
    }
}
