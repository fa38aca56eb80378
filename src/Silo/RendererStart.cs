using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Inference;

namespace Vitrine.Silo;

/// <summary>Makes the default model ready and sets this silo's renderers to work once the silo is a member, and again should one have gone away.</summary>
public sealed partial class RendererStart(IServiceProvider services, LocalDevices devices, ModelCatalogue catalogue, IGrainFactory grains, ILogger<RendererStart> log) : IStartupTask
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    public Task Execute(CancellationToken cancellationToken)
    {
        var stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        // A silo that renders and cannot screen what it renders does not start.
        if (devices.Ids.Any()) services.GetRequiredService<OutputGate>();
        if (devices.Ids.All(device => device.Kind == Grains.Interfaces.DeviceKind.Cpu) && Vitrine.Inference.Devices.WhatAutoPassesOver() is { } sentence) LogPassedOver(sentence);
        foreach (var device in devices.Ids) _ = Task.Run(() => Keep(device, stopping), stopping);
        return Task.CompletedTask;
    }

    private async Task Keep(DeviceId device, CancellationToken stopping)
    {
        if (catalogue.Models.FirstOrDefault(model => model.Kind == ModelKind.TextToImage) is { } first)
            _ = devices.Engine(device).Load(first.Name, stopping).ContinueWith(load => LogCannotLoad(first.Name, load.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await grains.Renderer(device).Start();
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                // Also for a bug of ours: a renderer that is not started again renders nothing until the silo restarts.
                LogCannotStart(device, e);
            }
            await Task.Delay(Again, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The renderer of {Device} did not start; trying again")]
    private partial void LogCannotStart(DeviceId device, Exception cause);

    [LoggerMessage(LogLevel.Warning, "{Sentence}")]
    private partial void LogPassedOver(string sentence);

    [LoggerMessage(LogLevel.Error, "The model {Model} could not be loaded ahead")]
    private partial void LogCannotLoad(string model, Exception cause);
}
