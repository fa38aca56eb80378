using System.Buffers;
using System.Threading.Channels;

namespace Vitrine.Inference;

/// <summary>
/// One picture on its way through the device. The caller waits on <see cref="Completion"/>; everything else belongs to the device's thread from the
/// moment the picture is queued until its <see cref="End"/>.
/// </summary>
internal sealed class Picture : ITerminable
{
    /// <summary>Reports that a slow listener has not taken yet; beyond them the oldest is dropped.</summary>
    private const int MostReports = 16;

    private readonly IReadOnlyList<ModelLease> leases;
    private readonly CancellationToken cancellation, pause;
    private readonly CancellationTokenRegistration registration;
    private readonly DeviceKind device;
    private readonly byte[]? requestDigest;
    private readonly TaskCompletionSource<PlanarImage> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<RenderProgress>? progress;
    private readonly float[] sigmas;
    private readonly long[] tokens, negativeTokens, blendTokens;
    private readonly Inpainting? inpainting;
    private float[]? pixels;
    private EncodedText? text, negativeText;
    private float[] latent, guided;
    private PlanarImage? enlarged;
    private int previewsGiven, stage, nextTile;
    private long asideSince;

    /// <param name="leases">The text-to-image model, then the upscalers in the order of their use.</param>
    /// <param name="pause">When it fires, the picture leaves the device after the present step or tile and takes where it stands with it.</param>
    public Picture(ImageRequest request, IReadOnlyList<ModelLease> leases, bool reports, DeviceKind device, CancellationToken cancellation, CancellationToken pause)
    {
        (Request, this.leases, this.device, this.cancellation, this.pause) = (request, leases, device, cancellation, pause);
        Model = (TextToImageModel)leases[0].Model;
        sigmas = Model.Sampler.Sigmas(request.Steps, request.Start?.Strength ?? 1);
        tokens = Tokens(request.Prompt);
        negativeTokens = HasNegativePrompt ? Tokens(request.NegativePrompt) : [];
        blendTokens = request.Blend is { } blend ? Tokens(blend.Prompt) : [];
        if (reports)
            progress = Channel.CreateBounded<RenderProgress>(new BoundedChannelOptions(MostReports) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });
        latent = ArrayPool<float>.Shared.Rent(Model.LatentLength);
        guided = HasNegativePrompt ? ArrayPool<float>.Shared.Rent(Model.LatentLength) : [];
        if (request.Noise is { } mix)
            mix.Fill(Latent);
        else
            Philox.FillNormal(request.Seed, Latent);
        switch (request.Start)
        {
            case ImageStart.FromLatent given:
                Model.Sampler.AddNoise(given.Latent.Numbers, sigmas[0], Latent);
                break;
            case ImageStart.FromPicture given:
                pixels = PlanarImage.FromSquareOf(given.Picture, Model.Card.NativeSize).Values;
                if (given.Mask is { } mask)
                    inpainting = new Inpainting(Model.Sampler, mask.Cells(Model.LatentColumns, Model.LatentRows), Latent);
                break;
        }
        if (request.CheckpointEvery > 0 || pause.CanBeCanceled || request.KeepLatent)
            requestDigest = RequestDigest.Of(request, Model.Card.Digest);
        if (request.Resume is { } resume && resume.Fits(request, Model.Card.Digest, device, Model.LatentLength, Steps))
            GoOn(resume);
        registration = cancellation.UnsafeRegister(static (picture, token) => ((Picture)picture!).completion.TrySetCanceled(token), this);
    }

    public ImageRequest Request { get; }

    public TextToImageModel Model { get; private set; }

    /// <summary>Its place in the order in which pictures came to their lane.</summary>
    public long Number { get; private set; }

    /// <summary>Binds the picture to the buffers of the thread that will run it; called once, before it is queued there.</summary>
    public void RunOn(int lane, long number) => (Model, Number) = (Model.Lane(lane), number);

    /// <summary>The finished square, 0..255, before the last resample. Cancelled at once when the caller cancels.</summary>
    public Task<PlanarImage> Completion => completion.Task;

    /// <summary>Steps as they are done; ends with the picture. Null when nobody listens.</summary>
    public ChannelReader<RenderProgress>? Progress => progress?.Reader;

    public bool IsCancelled => cancellation.IsCancellationRequested;

    /// <summary>Whether the picture shall leave the device at the next occasion.</summary>
    public bool IsPaused => pause.IsCancellationRequested;

    /// <summary>The step that a checkpoint had reached; 0 without one.</summary>
    public int ResumedAt { get; private set; }

    /// <summary>Where the picture stands; null before its first step.</summary>
    public StepCheckpoint? Checkpoint => StepsDone == 0 || requestDigest is null ? null : new StepCheckpoint(requestDigest, device, StepsDone, previewsGiven, Latent);

    /// <summary>Where it stood when it was denoised.</summary>
    public StepCheckpoint? Denoised { get; private set; }

    public bool HasNegativePrompt => Request.NegativePrompt.Length > 0;

    /// <summary>Rows in a batch: one, or two with a negative prompt.</summary>
    public int Rows => HasNegativePrompt ? 2 : 1;

    /// <summary>Rows in the text encoder's batch: one, or two with a negative or a second prompt.</summary>
    public int TextRows => HasNegativePrompt || blendTokens.Length > 0 ? 2 : 1;

    /// <summary>Whether pixels must be encoded before the first step.</summary>
    public bool AwaitsEncoding => pixels is not null;

    public bool Truncated { get; private set; }

    public int StepsDone { get; private set; }

    /// <summary>The steps of the request, or those that its start leaves.</summary>
    public int Steps => sigmas.Length - 1;

    public bool IsDenoised => StepsDone == Steps;

    public bool IsEnlarged => stage == leases.Count - 1;

    public TimeSpan DeviceTime { get; set; }

    /// <summary>Whether an express picture preempts this one now.</summary>
    public bool IsAside { get; private set; }

    /// <summary>How long this picture stood aside; zero for most.</summary>
    public TimeSpan TimeAside { get; private set; }

    /// <summary>Channels x height x width numbers: noise at first, the clean latent at last.</summary>
    public Span<float> Latent => latent.AsSpan(0, Model.LatentLength);

    /// <summary>The decoded picture, larger after every upscaler.</summary>
    public PlanarImage? Image { get; private set; }

    /// <summary>The clean latent of <see cref="Image"/>, where the request wants it.</summary>
    public Latent? KeptLatent { get; private set; }

    /// <summary>Writes this picture's prompts into the text encoder's batch; returns the next free row.</summary>
    public int WriteTokens(int row)
    {
        tokens.CopyTo(Model.TokenRow(row++));
        if (HasNegativePrompt)
            negativeTokens.CopyTo(Model.TokenRow(row++));
        if (blendTokens.Length > 0)
            blendTokens.CopyTo(Model.TokenRow(row++));
        return row;
    }

    /// <summary>Takes this picture's encoded prompts out of the text encoder's batch; returns the next row.</summary>
    public int ReadText(int row)
    {
        text = Model.TextRow(row++);
        if (HasNegativePrompt)
            negativeText = Model.TextRow(row++);
        if (blendTokens.Length > 0)
            text = EncodedText.Mix(text, Model.TextRow(row++), Request.Blend!.Amount);
        return row;
    }

    /// <summary>Writes the pixels to begin at into the picture encoder's batch: 0..255 to -1..1.</summary>
    public void WritePixels(int row)
    {
        var to = Model.EncoderRow(row);
        for (var i = 0; i < to.Length; i++)
            to[i] = pixels![i] / 127.5f - 1;
        pixels = null;
    }

    /// <summary>Begins at the encoded pixels, under as much noise as the strength asks for. Returns false where a number is not finite.</summary>
    public bool BeginAt(ReadOnlySpan<float> clean)
    {
        inpainting?.Keep(clean);
        if (ResumedAt == 0)
            Model.Sampler.AddNoise(clean, sigmas[0], Latent);
        return TextToImageModel.AllFinite(Latent);
    }

    /// <summary>Takes the decoded picture.</summary>
    public void Decoded(PlanarImage image)
    {
        (Image, Denoised) = (image, Checkpoint);
        if (Request.KeepLatent)
            KeptLatent = new Latent(Model.Card.Digest, Latent.ToArray());
    }

    /// <summary>Writes this picture's rows into the transformer's batch. Guidance 0 asks for the undistilled answer.</summary>
    public void WriteRows(int row)
    {
        var (sigma, next) = (sigmas[StepsDone], sigmas[StepsDone + 1]);
        Model.SetRow(row, Latent, text!, sigma, next, HasNegativePrompt ? 0 : Request.Guidance);
        if (HasNegativePrompt)
            Model.SetRow(row + 1, Latent, negativeText!, sigma, next, guidance: 0);
    }

    /// <summary>
    /// Takes what the model answered to this picture's rows and makes one step. With a negative prompt that is classifier-free guidance
    /// (Ho and Salimans 2022): negative + guidance (positive - negative). Returns false where a number is not finite. Where a preview is due, the latent
    /// that it shows is written to <paramref name="preview"/>.
    /// </summary>
    public bool Advance(int row, Span<float> preview, out bool previewDue)
    {
        var answer = Model.Answer(row);
        if (HasNegativePrompt)
        {
            var negative = Model.Answer(row + 1);
            for (var i = 0; i < negative.Length; i++)
                guided[i] = negative[i] + Request.Guidance * (answer[i] - negative[i]);
            answer = guided.AsSpan(0, negative.Length);
        }
        var (sigma, next) = (sigmas[StepsDone], sigmas[StepsDone + 1]);
        StepsDone++;
        previewDue = IsPreviewDue();
        if (previewDue)
            Model.Sampler.Predict(Latent, answer, sigma, preview);
        Model.Sampler.Step(Latent, answer, sigma, next);
        inpainting?.Restore(Latent, next);
        return TextToImageModel.AllFinite(Latent);
    }

    /// <summary>Ends the tile that is being enlarged.</summary>
    public void Terminate(bool value) => ((Upscaler)leases[Math.Min(stage + 1, leases.Count - 1)].Model).Terminate(value);

    /// <summary>Enlarges the next tile of the current stage.</summary>
    public void EnlargeOneTile(int largestTile)
    {
        var (upscaler, from) = ((Upscaler)leases[stage + 1].Model, Image!);
        enlarged ??= new PlanarImage(from.Width * upscaler.Card.Factor, from.Height * upscaler.Card.Factor);
        var tiles = Tile.Cover(from.Width, from.Height, largestTile);
        upscaler.Run(from, enlarged, tiles[nextTile]);
        if (++nextTile < tiles.Count)
            return;
        (Image, enlarged, nextTile) = (enlarged, null, 0);
        stage++;
    }

    /// <summary>Nothing of the picture changes until <see cref="TakeUp"/>: its latent, its step and its tiles stay as they are.</summary>
    /// <param name="now">A timestamp of the clock that <see cref="TakeUp"/> is given.</param>
    public void SetAside(long now) => (IsAside, asideSince) = (true, now);

    /// <summary>Goes on where it stands; of no effect on one that does not stand aside.</summary>
    public void TakeUp(TimeProvider time)
    {
        if (!IsAside)
            return;
        (IsAside, TimeAside) = (false, time.GetElapsedTime(asideSince));
    }

    /// <summary>Tells a listener that a step is done.</summary>
    public void Report(PlanarImage? preview)
    {
        if (progress is null)
            return;
        var due = Request.CheckpointEvery > 0 && !IsDenoised && StepsDone % Request.CheckpointEvery == 0;
        progress.Writer.TryWrite(new RenderProgress(StepsDone, Steps, preview?.ToRgb()) { Checkpoint = due ? Checkpoint : null });
    }

    /// <summary>Answers the caller, if the caller has no answer yet, and gives back all that the picture holds. Called once.</summary>
    public PictureEnd End(Exception? failure)
    {
        var end = IsCancelled ? PictureEnd.Cancelled : failure is null ? PictureEnd.Completed : PictureEnd.Failed;
        registration.Dispose();
        progress?.Writer.TryComplete();
        ArrayPool<float>.Shared.Return(latent);
        if (guided.Length > 0)
            ArrayPool<float>.Shared.Return(guided);
        (latent, guided) = ([], []);
        foreach (var lease in leases)
            lease.Dispose();
        _ = end switch
        {
            PictureEnd.Cancelled => completion.TrySetCanceled(cancellation),
            PictureEnd.Completed => completion.TrySetResult(Image!),
            _ => completion.TrySetException(failure!),
        };
        return end;
    }

    private void GoOn(StepCheckpoint resume)
    {
        (StepsDone, ResumedAt, previewsGiven) = (resume.StepsDone, resume.StepsDone, resume.PreviewsGiven);
        resume.Latent.CopyTo(Latent);
        if (inpainting is null)
            pixels = null; // Only a mask needs the encoded picture again.
        progress?.Writer.TryWrite(new RenderProgress(StepsDone, Steps, null));
    }

    private long[] Tokens(string prompt)
    {
        var sequence = new long[Model.Card.MaxPromptTokens];
        Truncated |= !Model.Tokenizer.Encode(prompt, sequence);
        return sequence;
    }

    // p previews among n steps stand after steps n/(p+1), 2n/(p+1) …, rounded up to the next step; the last step shows the picture itself.
    private bool IsPreviewDue()
    {
        if (progress is null || IsDenoised || previewsGiven == Request.Previews || StepsDone * (Request.Previews + 1) < Steps * (previewsGiven + 1))
            return false;
        previewsGiven++;
        return true;
    }
}
