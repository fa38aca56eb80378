using System.Threading.Channels;
using Microsoft.ML.OnnxRuntime;

namespace Vitrine.Inference;

/// <summary>
/// One thread that talks to a device, alone or with a few beside it (lanes), each with pictures of its own. Every turn: drop what was cancelled, admit what
/// waits while rows are free (and encode its texts and pictures), run one denoising step over all pictures of each model, decode what is finished, enlarge
/// one tile. A picture therefore joins the next step of the others, and leaves the device
/// within one step (or tile) of its cancellation.
/// </summary>
internal sealed class DeviceLoop
{
    private readonly int lane;
    private readonly EngineOptions options;
    private readonly TimeProvider time;
    private readonly LoopStatistics statistics;
    private readonly Action? betweenTurns;
    private readonly Channel<Picture> arrivals;
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Picture> denoising = [], enlarging = [], admitted = [], encoding = [], stepping = [], decoding = [];
    private readonly List<TextToImageModel> models = [];
    private readonly CallWatch watch;
    private volatile bool stopping;
    private volatile Exception? fatal;

    /// <param name="betweenTurns">Called on the device's thread at the start of every turn; tests use it to act at an exact step.</param>
    public DeviceLoop(int lane, EngineOptions options, TimeProvider time, LoopStatistics statistics, Action? betweenTurns)
    {
        (this.lane, this.options, this.time, this.statistics, this.betweenTurns) = (lane, options, time, statistics, betweenTurns);
        watch = new CallWatch(options.CallLimit, time);
        arrivals = Channel.CreateBounded<Picture>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        // Below normal, so that on a shared processor answering requests comes before denoising (where the system honours priorities).
        new Thread(Run) { Name = $"render {options.Device} {lane}", IsBackground = true, Priority = ThreadPriority.BelowNormal }.Start();
    }

    /// <summary>Completes when the thread has ended and every picture has its answer.</summary>
    public Task Stopped => stopped.Task;

    /// <summary>How long the present call of the runtime has gone on beyond the limit, although it was told to end; zero where all is well.</summary>
    public TimeSpan Overdue => watch.Overdue;

    /// <summary>Ends a call that goes on for longer than the limit. Called by a timer every now and then.</summary>
    public void Watch() => watch.Look();

    /// <summary>Hands a picture over; waits while the queue is full. When it throws, the picture is still the caller's.</summary>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    public async Task Enqueue(Picture picture, CancellationToken cancellation)
    {
        picture.RunOn(lane);
        statistics.Queued(+1);
        try
        {
            await arrivals.Writer.WriteAsync(picture, cancellation);
        }
        catch (Exception notQueued)
        {
            statistics.Queued(-1);
            if (notQueued is ChannelClosedException)
                throw Gone();
            throw;
        }
    }

    /// <summary>Lets the current turn end, gives every picture an answer and ends the thread.</summary>
    public void Stop()
    {
        stopping = true;
        arrivals.Writer.TryComplete();
    }

    private void Run()
    {
        try
        {
            while (WaitForWork())
            {
                betweenTurns?.Invoke();
                DropLeaving(denoising);
                DropLeaving(enlarging);
                Admit();
                Denoise();
                EnlargeOneTile();
                statistics.OnDevice(lane, denoising.Count + enlarging.Count);
            }
        }
#pragma warning disable CA1031 // Nothing above is expected to throw. If it does, nobody may be left waiting, and later requests must hear why.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            fatal = bug;
        }
        arrivals.Writer.TryComplete();
        while (arrivals.Reader.TryRead(out var picture))
        {
            statistics.Queued(-1);
            End(picture, Gone());
        }
        foreach (var picture in denoising.Concat(enlarging).Concat(admitted).Distinct())
            End(picture, Gone());
        statistics.OnDevice(lane, 0);
        stopped.SetResult();
    }

    private Exception Gone() => fatal is { } bug
        ? new InvalidOperationException("The engine stopped after an error of its own.", bug)
        : new ObjectDisposedException(nameof(RenderingEngine), "The engine was stopped.");

    private bool WaitForWork()
    {
        if (stopping)
            return false;
        // This thread exists to block, here and in the runtime; no pool thread waits.
        return denoising.Count + enlarging.Count > 0 || arrivals.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult();
    }

    private void DropLeaving(List<Picture> pictures)
    {
        for (var i = pictures.Count - 1; i >= 0; i--)
            if (pictures[i].IsCancelled || pictures[i].IsPaused)
            {
                Leave(pictures[i]);
                pictures.RemoveAt(i);
            }
    }

    private void Leave(Picture picture) => End(picture, picture.IsCancelled ? null : new RenderPausedException(picture.Checkpoint));

    // First come, first served: a picture of two rows is not overtaken by one of one row, nor one of a busy model by one of an idle one.
    private void Admit()
    {
        admitted.Clear();
        while (enlarging.Count < options.MaxBatch && arrivals.Reader.TryPeek(out var next) && HasRoom(next) && arrivals.Reader.TryRead(out var picture))
        {
            statistics.Queued(-1);
            if (picture.IsCancelled || picture.IsPaused)
                Leave(picture);
            else
                admitted.Add(picture);
        }
        if (admitted.Count == 0)
            return;
        statistics.OnDevice(lane, denoising.Count + enlarging.Count + admitted.Count);
        foreach (var model in ModelsOf(admitted))
        {
            EncodeText(model);
            EncodePictures(model);
        }
        admitted.Clear();
    }

    private bool HasRoom(Picture next)
    {
        var (rows, textRows) = (next.Rows, next.TextRows);
        foreach (var picture in denoising)
            rows += picture.Model == next.Model ? picture.Rows : 0;
        foreach (var picture in admitted)
            if (picture.Model == next.Model)
                (rows, textRows) = (rows + picture.Rows, textRows + picture.TextRows);
        return rows <= next.Model.Batch && textRows <= options.MaxBatch && denoising.Count + admitted.Count < options.MaxBatch;
    }

    private void EncodeText(TextToImageModel model)
    {
        var rows = 0;
        foreach (var picture in admitted)
            if (picture.Model == model)
                rows = picture.WriteTokens(rows);
        var elapsed = Timed(model, rows, static (model, rows) => model.EncodeText(rows), out var failure);
        var row = 0;
        foreach (var picture in admitted)
            if (picture.Model == model)
            {
                if (failure is not null)
                {
                    End(picture, failure);
                    continue;
                }
                row = picture.ReadText(row);
                picture.DeviceTime += elapsed * picture.TextRows / rows;
                denoising.Add(picture);
            }
    }

    private void EncodePictures(TextToImageModel model)
    {
        encoding.Clear();
        foreach (var picture in denoising)
            if (picture.Model == model && picture.AwaitsEncoding)
            {
                picture.WritePixels(encoding.Count);
                encoding.Add(picture);
            }
        if (encoding.Count == 0)
            return;
        var elapsed = Timed(model, encoding.Count, static (model, rows) => model.Encode(rows), out var failure);
        for (var row = 0; row < encoding.Count; row++)
        {
            var picture = encoding[row];
            picture.DeviceTime += elapsed / encoding.Count;
            if (failure is not null)
                Remove(picture, failure);
            else if (!picture.BeginAt(model.Encoded(row)))
                Remove(picture, NotFinite(picture, "an encoded number"));
        }
    }

    private void Denoise()
    {
        foreach (var model in ModelsOf(denoising))
            Step(model);
    }

    private void Step(TextToImageModel model)
    {
        stepping.Clear();
        decoding.Clear();
        var rows = 0;
        foreach (var picture in denoising)
            if (picture.Model == model && picture.IsDenoised)
                AddToDecode(picture, model); // A start of strength 0 leaves no step.
            else if (picture.Model == model)
            {
                picture.WriteRows(rows);
                rows += picture.Rows;
                stepping.Add(picture);
            }
        if (stepping.Count > 0)
            Advance(model, rows);
        if (decoding.Count > 0)
            Decode(model);
    }

    private void Advance(TextToImageModel model, int rows)
    {
        var elapsed = Timed(model, rows, static (model, rows) => model.Predict(rows), out var failure);
        statistics.Stepped(stepping.Count, elapsed);
        var row = 0;
        foreach (var picture in stepping)
        {
            if (failure is not null)
            {
                Remove(picture, failure);
                continue;
            }
            picture.DeviceTime += elapsed * picture.Rows / rows;
            var finite = picture.Advance(row, model.DecoderRow(decoding.Count), out var previewDue);
            row += picture.Rows;
            if (!finite)
                Remove(picture, NotFinite(picture, "a latent"));
            else if (picture.IsDenoised || previewDue)
                AddToDecode(picture, model);
            else
                picture.Report(null);
        }
    }

    // A picture cancelled during its last step is not decoded; the next turn drops it.
    private void AddToDecode(Picture picture, TextToImageModel model)
    {
        if (picture.IsCancelled)
            return;
        if (picture.IsDenoised)
            picture.Latent.CopyTo(model.DecoderRow(decoding.Count));
        decoding.Add(picture);
    }

    private void Decode(TextToImageModel model)
    {
        var elapsed = Timed(model, decoding.Count, static (model, rows) => model.Decode(rows), out var failure);
        for (var row = 0; row < decoding.Count; row++)
        {
            var picture = decoding[row];
            picture.DeviceTime += elapsed / decoding.Count;
            if (failure is not null)
                Remove(picture, failure);
            else if (model.Decoded(row) is not { } image)
                Remove(picture, NotFinite(picture, "a decoded number"));
            else if (!picture.IsDenoised)
                picture.Report(image);
            else
            {
                picture.Report(null);
                picture.Decoded(image);
                denoising.Remove(picture);
                if (picture.IsEnlarged)
                    End(picture, null);
                else
                    enlarging.Add(picture);
            }
        }
    }

    private void EnlargeOneTile()
    {
        if (enlarging.Count == 0 || enlarging[0].IsCancelled)
            return;
        var picture = enlarging[0];
        picture.DeviceTime += Timed(picture, options.UpscalerTile, static (picture, tile) => picture.EnlargeOneTile(tile), out var failure);
        statistics.RanTile();
        if (failure is null && !picture.IsEnlarged)
            return;
        enlarging.RemoveAt(0);
        End(picture, failure);
    }

    private void Remove(Picture picture, Exception failure)
    {
        denoising.Remove(picture);
        End(picture, failure);
    }

    private void End(Picture picture, Exception? failure) => statistics.Ended(picture.End(failure));

    private List<TextToImageModel> ModelsOf(List<Picture> pictures)
    {
        models.Clear();
        foreach (var picture in pictures)
            if (!models.Contains(picture.Model))
                models.Add(picture.Model);
        return models;
    }

    // Static lambdas, so that a step allocates nothing.
    private TimeSpan Timed<T>(T on, int size, Action<T, int> run, out RenderFailedException? failure) where T : ITerminable
    {
        failure = null;
        var start = time.GetTimestamp();
        try
        {
            watch.Begin(on);
            run(on, size);
        }
        catch (Exception device) when (device is OnnxRuntimeException or InvalidDataException)
        {
            failure = watch.Fired
                ? new RenderFailedException(RenderFailure.TooSlow, $"{options.Device} was ended after {options.CallLimit.TotalSeconds:0.#} s in one call of the model.", device)
                : new RenderFailedException(RenderFailure.Device, $"{options.Device} could not run the batch: {device.Message}", device);
        }
        finally
        {
            watch.End();
        }
        return time.GetElapsedTime(start);
    }

    private static RenderFailedException NotFinite(Picture picture, string what) =>
        new(RenderFailure.NotFinite, $"'{picture.Model.Card.Name}' gave {what} that is not finite at step {picture.StepsDone} of {picture.Steps}.");
}
